//! `kill -9` at random times, over whole rollouts against real services.
//!
//! A few kills in each test by default; `SERIN_TEST_KILLS=200` makes as many as it says, and prints a line about every rollout.
//! What holds for every one of them: the outcome is the undisturbed one; a raise in the file is one that the journal had before, decided
//! at a look with data of the process that made it, and at the second one at least since the weight was read back; nothing is raised
//! after an abort; what was counted is what was served; every notice arrives, and twice at most once a kill; and the journal replays.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use serin::demo::service::Served;
use serin::engine::PerArm;
use tokio::time::sleep;

use super::daemon::{Daemon, Starting, run, until};
use super::place::{Place, epoch};
use super::receiver::Manner;
use super::rollout::{effects, explained, has_ended, is_at_five};
use super::route_watch::{RouteWatch, Seen};

/// Kills without the variable, in each test.
const KILLS: usize = 4;

/// Between a start and the kill: to some looks later.
const LIFE_MS: std::ops::Range<u64> = 50..4000;

/// Between the command and the kill of a daemon that may not be ready by then.
const YOUTH_MS: std::ops::Range<u64> = 0..400;

/// One kill in so many is followed by another in the middle of the next start.
const YOUNG_ONE_IN: u32 = 4;

/// Where the journal is.
#[derive(Debug, Clone, Copy)]
enum Store {
    Sqlite,
    Postgres,
}

/// A kind of rollout, and how it ends undisturbed.
struct Kind {
    arguments: &'static str,
    weights: &'static [u64],
    outcome: &'static str,
    /// The second is what a kill between the abort's write and its entry leads to.
    causes: &'static [&'static str],
    /// Counts are compared after the first kill at each of these weights or above.
    counted_from: &'static [u64],
}

const HEALTHY: Kind = Kind {
    arguments: "--steps 5,25,50,100",
    weights: &[0, 5, 25, 50, 100],
    outcome: "promoted",
    causes: &["proven"],
    counted_from: &[5, 50],
};

const BAD: Kind = Kind {
    arguments: "--fault errors=5%",
    weights: &[0, 5, 25, 50, 100],
    outcome: "aborted",
    causes: &["harmful", "mark-found"],
    counted_from: &[5],
};

fn kills_wanted() -> Option<usize> {
    let wanted = std::env::var("SERIN_TEST_KILLS").ok()?;
    Some(wanted.parse().unwrap())
}

/// Rollouts until there were enough kills.
async fn rollouts(store: Store, kind: &Kind) {
    let (mut kills, mut counted, mut seed) = (0, 0, 1);
    while kills < kills_wanted().unwrap_or(KILLS) {
        let played = play(store, kind, seed).await;
        if kills_wanted().is_some() {
            let line = format!(
                "{store:?}, demo {} --seed {seed}: {} after {} kills, {} entries, {} notices, {} twice, counted {} times\n",
                kind.arguments,
                played.rollout["ending"]["outcome"],
                played.kills,
                played.entries.len(),
                played.place.people.heard().len(),
                played.twice(),
                played.counted,
            );
            // Not by a macro: the test harness would keep it to itself.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
        assert_as_undisturbed(&played, kind, seed);
        assert_raises(&played, kind);
        assert!(
            played.twice() <= played.kills,
            "{} twice, {} kills",
            played.twice(),
            played.kills
        );
        kills += played.kills;
        counted += played.counted;
        seed += 1;
    }
    assert!(counted > 0, "nothing was counted");
}

/// A rollout that was played to its end.
struct Played {
    place: Place,
    kills: usize,
    /// How often the counts were compared.
    counted: usize,
    rollout: Value,
    /// The journal.
    entries: Vec<Value>,
    /// Every version of the route.
    versions: Vec<Seen>,
}

impl Played {
    /// Deliveries beyond the first of each key.
    fn twice(&self) -> usize {
        self.place.people.heard().values().map(|times| times - 1).sum()
    }
}

async fn play(store: Store, kind: &Kind, seed: u64) -> Played {
    let mut random = StdRng::seed_from_u64(seed);
    let mut place = match store {
        Store::Sqlite => Place::new(kind.arguments, seed).await,
        Store::Postgres => Place::on_postgres(kind.arguments, seed).await,
    };
    place.people.be(Manner::Dawdles);
    let watch = RouteWatch::over(&place);
    let mut daemon = Daemon::start(&place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    daemon
        .until("looked at", |rollout| rollout["lookedAt"].is_string())
        .await;
    // So that the first look is journalled: every request lies between two looks that are remembered.
    sleep(Duration::from_millis(300)).await;
    place.world.begin().unwrap();
    if seed % 2 == 1 {
        // So that there is a kill where something is to be counted.
        daemon.until("at five percent", is_at_five).await;
    }

    let (mut kills, mut counted) = (0, 0);
    loop {
        sleep(Duration::from_millis(random.random_range(LIFE_MS))).await;
        let rollout = daemon.rollout().await;
        if has_ended(&rollout) {
            break;
        }
        daemon.kill().await;
        kills += 1;
        if random.random_ratio(1, YOUNG_ONE_IN) {
            let starting = Starting::at(&place);
            sleep(Duration::from_millis(random.random_range(YOUTH_MS))).await;
            starting.signal("KILL");
            starting.ended().await;
            kills += 1;
        }
        daemon = Daemon::start(&place).await;
        let from = kind.counted_from.get(counted);
        if from.is_some_and(|from| rollout["weight"].as_u64().unwrap() >= *from) {
            counted += usize::from(is_counted_exactly(&daemon, &mut place).await);
        }
    }
    let entries = explained(&daemon, &place).await;
    place.world.end().await;
    Played {
        entries,
        kills,
        counted,
        rollout: daemon.rollout().await,
        versions: watch.versions(),
        place,
    }
}

/// With the load stopped, what was counted is what was served, in spite of the kills so far: in the status, and in the looks of
/// the journal one by one. Says whether it was compared, which an end that came first prevents.
async fn is_counted_exactly(daemon: &Daemon, place: &mut Place) -> bool {
    let rollout = daemon.rollout().await;
    if rollout["phase"] != "analysing" {
        return false;
    }
    let (paused, _) = daemon.ask("pause", &json!({"reason": "counting"})).await;
    if paused != 200 {
        return false;
    }
    place.world.end().await;
    let served = place.world.served();
    let id = rollout["id"].as_str().unwrap();
    let is_compared = until("counted as it was served", async || {
        let rollout = daemon.rollout().await;
        if has_ended(&rollout) {
            return Some(false);
        }
        let expected = json!({
            "canary": served.canary.requests as f64,
            "baseline": served.baseline.requests as f64,
        });
        let tally = &rollout["tallies"][0];
        let is_equal = tally["requests"] == expected && in_the_journal(place, id).await == served;
        is_equal.then_some(true)
    })
    .await;
    if is_compared {
        let tallies = daemon.rollout().await["tallies"].clone();
        for tally in tallies.as_array().unwrap() {
            assert_eq!(tally["gaps"], json!({"canary": 0, "baseline": 0}), "{tallies:#}");
        }
    }
    place.world.begin().unwrap();
    // Refused where the evidence had enough meanwhile.
    daemon.ask("resume", &json!({"reason": "counted"})).await;
    is_compared
}

/// Requests and errors of all looks in the journal.
async fn in_the_journal(place: &Place, id: &str) -> PerArm<Served> {
    let (code, stdout, stderr) = run(place, &["history", id, "--counts"]).await;
    assert_eq!(code, 0, "{stderr}");
    let mut sums = PerArm::<Served>::default();
    for line in stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["type"] != "look" {
            continue;
        }
        let arms = &line["counts"]["metrics"][0]["arms"];
        for (sum, arm) in [(&mut sums.canary, "canary"), (&mut sums.baseline, "baseline")] {
            sum.requests += arms[arm]["requests"].as_f64().unwrap_or_default() as u64;
            sum.errors += arms[arm]["bad"][0].as_f64().unwrap_or_default() as u64;
        }
    }
    sums
}

/// It ended as without a kill, and the route is as the end wants it.
fn assert_as_undisturbed(played: &Played, kind: &Kind, seed: u64) {
    let rollout = &played.rollout;
    assert_eq!(
        rollout["ending"]["outcome"], kind.outcome,
        "seed {seed}: {rollout:#}"
    );
    let cause = rollout["ending"]["cause"].as_str().unwrap();
    assert!(kind.causes.contains(&cause), "seed {seed}: {rollout:#}");
    let versions = &played.versions;
    let weights: BTreeSet<u64> = versions.iter().map(|version| version.canary).collect();
    assert!(
        weights.iter().all(|weight| kind.weights.contains(weight)),
        "{versions:?}"
    );
    let last = versions.last().unwrap();
    match kind.outcome {
        "promoted" => {
            let all: BTreeSet<u64> = kind.weights.iter().copied().collect();
            assert_eq!(weights, all, "every step");
            assert!(last.canary == 100 && !last.is_aborted, "{versions:?}");
        }
        _ => {
            assert!(last.canary == 0 && last.is_aborted, "{versions:?}");
            // The first version with the mark is the abort's own.
            let abort = versions.iter().find(|version| version.is_aborted).unwrap();
            let text = played.place.virtual_service();
            assert_eq!(epoch(&text), last.epoch);
            let later = played.place.world.canary_requests_after(abort.epoch - 1);
            assert_eq!(later, 0, "requests after the abort");
        }
    }
}

/// No raise without a new look, none after an abort, and none in the file that was not in the journal.
fn assert_raises(played: &Played, kind: &Kind) {
    let mut journalled = BTreeSet::new();
    let (mut aborted, mut looks, mut looks_here) = (false, 0, 0);
    let (mut weight, mut since) = (0, 0);
    for entry in &played.entries {
        let event = &entry["input"]["event"];
        if event == "restarted" {
            looks_here = 0;
        }
        for answer in ["wrote", "traffic"] {
            if let Some(read) = event[answer]["canary_weight"]
                .as_u64()
                .filter(|read| *read != weight)
            {
                (weight, since, looks) = (read, entry["at"].as_u64().unwrap(), 0);
            }
        }
        let look = &event["look"];
        let requests = |arm: &str| {
            let arms = &look["metrics"][0]["arms"];
            arms[arm]["requests"].as_f64().unwrap_or_default()
        };
        let has_data = requests("baseline") > 0.0 && (weight == 0 || requests("canary") > 0.0);
        if has_data && look["taken_at"].as_u64().unwrap() >= since {
            looks += 1;
            looks_here += 1;
        }
        for effect in effects(entry) {
            if let Some(raise) = effect.get("raise") {
                assert!(!aborted, "a raise after an abort: {entry:#}");
                assert!(
                    has_data && looks_here > 0,
                    "a raise without a look of this process: {entry:#}"
                );
                let needed = if weight == 0 { 1 } else { 2 };
                assert!(looks >= needed, "a raise after {looks} looks: {entry:#}");
                let number = |field: &str| raise[field].as_u64().unwrap();
                assert_eq!(number("from"), weight, "{entry:#}");
                journalled.insert((number("from"), number("to"), number("epoch") + 1));
            }
            aborted |= effect["lower"]["abort"] == true;
        }
    }
    assert_eq!(aborted, kind.outcome == "aborted");
    for pair in played.versions.windows(2) {
        let raise = (pair[0].canary, pair[1].canary, pair[1].epoch);
        assert!(
            raise.1 <= raise.0 || journalled.contains(&raise),
            "{raise:?} is in the file, and {journalled:?} in the journal"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted_in_spite_of_kills_on_sqlite() {
    rollouts(Store::Sqlite, &HEALTHY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted_in_spite_of_kills_on_postgres() {
    rollouts(Store::Postgres, &HEALTHY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_aborted_in_spite_of_kills_on_sqlite() {
    rollouts(Store::Sqlite, &BAD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_aborted_in_spite_of_kills_on_postgres() {
    rollouts(Store::Postgres, &BAD).await;
}
