//! `kill -9` at random times while an outbox full of news goes to every kind of channel, whose other sides fail in every way that
//! passes.
//!
//! A little of it by default; `SERIN_NOTICES=2000` makes so many for each of the five channels, `SERIN_TEST_KILLS=100` so many kills,
//! and the figures are printed. What holds: nothing is lost, and what arrives twice was under way at a kill.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use futures::stream;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use serin::clock::{Stopwatch, SystemClock};
use serin::driver::ports::{Clock, Journal};
use serin::driver::{Entry, Input, Stored};
use serin::engine::{Effect, Event, Notice, NoticeKind, Rollout, Urgency};
use serin::spec::Timestamp;
use serin::store::{Database, Limits, Location};
use tokio::time::sleep;

use super::daemon::Daemon;
use super::every_channel::{self, CHANNELS};
use crate::world::canary::canary;
use crate::world::endpoint::{self, Endpoint};
use crate::world::home::Home;

/// Notices for each channel, without the variable.
const NOTICES: usize = 30;

/// Notices of one rollout: what one that goes through many steps and holds has.
const OF_A_ROLLOUT: usize = 20;

/// Kills, without the variable.
const KILLS: usize = 3;

/// Between a start and the kill.
const LIFE_MS: std::ops::Range<u64> = 50..1500;

/// Whoever failed many times in a row is tried again after some minutes; longer than the longest pause nothing is still to come.
const QUIET_MAX: Duration = Duration::from_secs(11 * 60);

/// What an answer takes: enough for a kill to find some under way.
const THOUGHT: Duration = Duration::from_millis(50);

/// Sends of one channel that may be under way at a kill.
const IN_FLIGHT: usize = 8;

fn wanted(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |wanted| wanted.parse().unwrap())
}

/// How often each notice was taken, by channel and number.
type Taken = BTreeMap<(String, usize), usize>;

/// The other sides of all channels.
#[derive(Clone)]
struct Others {
    taken: Arc<Mutex<Taken>>,
    chance: Arc<Mutex<StdRng>>,
}

impl Others {
    async fn start() -> (Self, Endpoint) {
        let others = Self {
            taken: Arc::default(),
            chance: Arc::new(Mutex::new(StdRng::seed_from_u64(1))),
        };
        let router = Router::new().fallback(answer).with_state(others.clone());
        (others, endpoint::serve(router).await)
    }

    fn taken(&self) -> Taken {
        self.taken.lock().unwrap().clone()
    }

    /// Of how many notices to a channel one was taken at least.
    fn number(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    fn have(&self, notices: usize) -> bool {
        self.number() == notices * CHANNELS.len()
    }
}

/// Eight of nine are taken. The others fail in a way that passes, and are not counted.
async fn answer(State(others): State<Others>, request: Request) -> Response {
    let fate = others.chance.lock().unwrap().random_range(0..64);
    let path = request.uri().path().to_owned();
    let channel = path.split('/').nth(1).unwrap().to_owned();
    let Ok(body) = axum::body::to_bytes(request.into_body(), 1 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match fate {
        0 => return std::future::pending().await,
        1 => {
            let broken = stream::iter([Ok("begun"), Err("and broken off")]);
            return (StatusCode::BAD_GATEWAY, Body::from_stream(broken)).into_response();
        }
        2 => return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
        3 => return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response(),
        4 => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        5 => return StatusCode::GATEWAY_TIMEOUT.into_response(),
        6 => return StatusCode::REQUEST_TIMEOUT.into_response(),
        7 if channel == "chat" => {
            return axum::Json(json!({"ok": false, "error": "service_unavailable"})).into_response();
        }
        _ => {}
    }
    sleep(THOUGHT).await;
    let text = String::from_utf8_lossy(&body);
    let number = text.split("notice number ").nth(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    });
    // The first message of a thread is only brought up to date.
    if let Some(number) = number.filter(|_| !path.ends_with("chat.update")) {
        *others
            .taken
            .lock()
            .unwrap()
            .entry((channel.clone(), number))
            .or_default() += 1;
    }
    match channel.as_str() {
        "chat" => axum::Json(json!({"ok": true, "channel": "C1", "ts": "1.1"})).into_response(),
        "pager" => StatusCode::ACCEPTED.into_response(),
        _ => StatusCode::OK.into_response(),
    }
}

/// Writes the outbox of a daemon that is not there: rollouts that have ended, and all their news.
async fn fill(home: &Home, notices: usize) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let location = Location::parse(&format!("sqlite:{}", home.store_file()).into()).unwrap();
    let database = Database::open(&location, Limits::default()).await.unwrap();
    database.migrate().await.unwrap();
    let store = database.lead("of-the-test").await.unwrap();
    let canary = canary(&format!("mode: observe\nnotify: [{}]", every_channel::names()));
    let now = clock.now();
    let numbers: Vec<usize> = (0..notices).collect();
    for (index, numbers) in numbers.chunks(OF_A_ROLLOUT).enumerate() {
        let id = format!("checkout-{index}");
        let (mut rollout, _) = Rollout::start(id.clone(), canary.clone(), "v2".into(), now);
        rollout.handle(Event::Deleted, now);
        let entries: Vec<Entry> = (0..)
            .zip(numbers)
            .map(|(sequence, number)| entry(&id, sequence, *number, now))
            .collect();
        let state = Arc::new(Stored {
            rollout,
            counting: Default::default(),
            next_sequence: entries.len() as u64,
            at: now,
        });
        store.append(&entries, &state).await.unwrap();
    }
}

fn entry(rollout: &str, sequence: u64, number: usize, at: Timestamp) -> Entry {
    Entry {
        rollout: rollout.to_owned(),
        sequence,
        at,
        input: Input::Event(Event::Wake),
        effects: vec![Effect::Notify(Notice {
            kind: NoticeKind::Started,
            urgency: Urgency::Warning,
            text: format!("notice number {number}."),
            briefing: None,
        })],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_what_comes_twice_was_under_way_at_a_kill() {
    let (notices, kills) = (
        wanted("SERIN_NOTICES", NOTICES),
        wanted("SERIN_TEST_KILLS", KILLS),
    );
    let home = Home::new("default/checkout");
    fs::create_dir_all(home.canaries()).unwrap();
    let (others, endpoint) = Others::start().await;
    home.configure(&format!(
        "notify:\n  channels:\n{}",
        every_channel::configured(&home, &endpoint.address)
    ));
    fill(&home, notices).await;

    let mut chance = StdRng::seed_from_u64(2);
    let mut killed = 0;
    while killed < kills && !others.have(notices) {
        let daemon = Daemon::start(&home).await;
        sleep(Duration::from_millis(chance.random_range(LIFE_MS))).await;
        daemon.kill().await;
        killed += 1;
    }
    let daemon = Daemon::start(&home).await;
    let mut stopwatch = Stopwatch::start();
    let mut before = others.number();
    while !others.have(notices) {
        sleep(Duration::from_millis(20)).await;
        if others.number() > before {
            (before, stopwatch) = (others.number(), Stopwatch::start());
        }
        assert!(
            stopwatch.elapsed() < QUIET_MAX,
            "{before} of {notices} to each of {CHANNELS:?}"
        );
    }
    daemon.kill().await;

    // An alert that lasts is sent again by design.
    let twice = |channel: &str| -> usize {
        let of_it = others
            .taken()
            .into_iter()
            .filter(|((name, _), _)| name == channel);
        of_it.map(|(_, times)| times - 1).sum()
    };
    for (name, _) in CHANNELS.iter().filter(|(name, _)| *name != "alerts") {
        assert!(
            twice(name) <= killed * IN_FLIGHT,
            "{name}: {} twice, {killed} kills",
            twice(name)
        );
    }
    let most = others
        .taken()
        .into_iter()
        .filter(|((name, _), _)| name != "alerts");
    let most = most.map(|(_, times)| times).max().unwrap_or_default();
    assert!(most <= killed + 1, "one came {most} times at {killed} kills");
    let lines: Vec<String> = CHANNELS
        .iter()
        .map(|(name, _)| format!("{name} {}", twice(name)))
        .collect();
    let line = format!(
        "{} notices to each of {} channels, {killed} kills: 0 lost; twice: {}\n",
        notices,
        CHANNELS.len(),
        lines.join(", ")
    );
    // Not by a macro: the test harness would keep it to itself.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
