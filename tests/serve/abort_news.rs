//! An abort is told to every kind of channel soon after it was decided, and to none of them before the weight is written.
//!
//! Five aborts by default; `SERIN_ABORTS=50` makes as many, and the times are printed. The write is kept waiting each time, so that
//! news that does not wait for it comes before it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::spec::Timestamp;
use tokio::time::sleep;

use super::every_channel::{self, CHANNELS};
use super::place::Place;
use super::rollout::{at_five, effects, explained};
use super::route_watch::{self, Seen};
use crate::world::endpoint::{self, Endpoint};

/// Aborts without the variable.
const ABORTS: usize = 5;

/// From the decision to the news, the time for which the write waits included.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// For so long somebody else has the lock of the route's file: less than the two seconds that a write waits for it.
const KEPT_WAITING: Duration = Duration::from_millis(1200);

/// What an abort's sentence has, and its title, wherever it is told.
const ABORTED: &str = "aborted at ";

/// News of an abort: when it came, and how the route was then.
#[derive(Debug, Clone, Copy)]
struct Told {
    at: Timestamp,
    route: Seen,
}

/// The other sides of all channels, who look at the route whenever they are told of an abort.
#[derive(Clone)]
struct Witness {
    route: PathBuf,
    told: Arc<Mutex<BTreeMap<String, Vec<Told>>>>,
}

impl Witness {
    async fn of(place: &Place) -> (Self, Endpoint) {
        let witness = Self {
            route: place.world.manifests().virtual_service.clone(),
            told: Arc::default(),
        };
        let router = Router::new().fallback(hear).with_state(witness.clone());
        (witness, endpoint::serve(router).await)
    }

    /// What each channel was told of the abort, by the channel's name.
    fn told(&self) -> BTreeMap<String, Vec<Told>> {
        self.told.lock().unwrap().clone()
    }
}

async fn hear(State(witness): State<Witness>, uri: Uri, body: String) -> Response {
    let channel = uri.path().split('/').nth(1).unwrap().to_owned();
    if body.contains(ABORTED) {
        let told = Told {
            route: route_watch::read(&fs::read_to_string(&witness.route).unwrap()),
            at: SystemClock::start().now(),
        };
        witness
            .told
            .lock()
            .unwrap()
            .entry(channel.clone())
            .or_default()
            .push(told);
    }
    match channel.as_str() {
        "chat" => Json(json!({"ok": true, "channel": "C1", "ts": "1.1"})).into_response(),
        "pager" => StatusCode::ACCEPTED.into_response(),
        _ => StatusCode::OK.into_response(),
    }
}

/// The lock that writers of the route take.
fn lock(place: &Place) -> File {
    let route = &place.world.manifests().virtual_service;
    let name = route.file_name().unwrap().to_str().unwrap();
    let file = File::options()
        .write(true)
        .open(route.with_file_name(format!(".{name}.serin-lock")));
    let file = file.unwrap();
    file.lock().unwrap();
    file
}

/// When the abort was decided: the first time that the engine wanted weight 0 with the mark.
fn decided(entries: &[Value]) -> Timestamp {
    let wants_it = |entry: &&Value| {
        effects(entry)
            .iter()
            .any(|effect| effect["lower"]["abort"] == true)
    };
    let entry = entries.iter().find(wants_it).unwrap();
    serde_json::from_value(entry["at"].clone()).unwrap()
}

/// One bad canary; gives what passed between the decision and the first news of it, by channel.
async fn abort(seed: u64) -> BTreeMap<String, Duration> {
    let mut place = Place::new("--fault errors=20% --steps 5,50", seed).await;
    let (witness, endpoint) = Witness::of(&place).await;
    place.edit(
        "notify: [oncall]",
        &format!("notify: [oncall, {}]", every_channel::names()),
    );
    place.configure(&every_channel::configured(&place, &endpoint.address));
    let (daemon, _) = at_five(&mut place).await;

    let held = lock(&place);
    daemon
        .until("decided", |rollout| rollout["phase"] == "aborting")
        .await;
    sleep(KEPT_WAITING).await;
    assert_eq!(witness.told().len(), 0, "told of what is not written");
    drop(held);

    let entries = explained(&daemon, &place).await;
    let decided = decided(&entries);
    let told = witness.told();
    assert_eq!(told.len(), CHANNELS.len(), "{told:?}");
    for (channel, news) in &told {
        for told in news {
            assert!(
                told.route.is_aborted && told.route.canary == 0,
                "{channel}: {told:?}"
            );
        }
    }
    place.world.end().await;
    let after = |news: &[Told]| news[0].at.since(decided);
    told.into_iter()
        .map(|(channel, news)| (channel, after(&news)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_is_told_within_ten_seconds_and_never_before_the_weight_is_written() {
    let aborts = std::env::var("SERIN_ABORTS").map_or(ABORTS, |wanted| wanted.parse().unwrap());
    let mut slowest: BTreeMap<String, Duration> = BTreeMap::new();

    for seed in 1..=aborts {
        for (channel, after) in abort(seed as u64).await {
            assert!(after <= TOLD_WITHIN, "{channel}: {after:?}");
            let slowest = slowest.entry(channel).or_default();
            *slowest = after.max(*slowest);
        }
    }

    // Not by a macro: the test harness would keep it to itself.
    let line = format!(
        "{aborts} aborts whose write waited for {KEPT_WAITING:?}: told after at most {slowest:.1?}, never before weight 0\n"
    );
    let _ = std::io::stderr().write_all(line.as_bytes());
}
