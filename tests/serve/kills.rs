//! `kill -9` at random times, over whole rollouts against real services.
//!
//! A few kills in each test by default; `SERIN_TEST_KILLS=200` makes as many as it says, and prints a line about every rollout.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::daemon::{Daemon, PATIENCE, run};
use super::place::{Place, epoch};

/// Kills without the variable, in each test.
const KILLS: usize = 4;

/// Between a start and the kill: from the middle of a start to some looks later.
const LIFE_MS: std::ops::Range<u64> = 50..4000;

/// Where the journal is.
#[derive(Debug, Clone, Copy)]
enum Store {
    Sqlite,
    Postgres,
}

fn kills_wanted() -> usize {
    std::env::var("SERIN_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap())
}

/// Rollouts until there were enough kills.
async fn rollouts(store: Store, arguments: &str, outcome: &str, check: impl AsyncFn(&Played)) {
    let (mut kills, mut seed) = (0, 1);
    while kills < kills_wanted() {
        let played = play(store, arguments, seed).await;
        assert_eq!(
            played.rollout["ending"]["outcome"], outcome,
            "seed {seed}: {:#}",
            played.rollout
        );
        check(&played).await;
        if std::env::var_os("SERIN_TEST_KILLS").is_some() {
            let line = format!(
                "{store:?}, demo {arguments} --seed {seed}: {outcome} after {} kills, {} entries, {} notices, {} twice\n",
                played.kills,
                played.entries.len(),
                played.keys().len(),
                played.twice()
            );
            // Not by a macro: the test harness would keep it to itself.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
        kills += played.kills;
        seed += 1;
    }
}

/// A rollout that was played to its end.
struct Played {
    place: Place,
    kills: usize,
    rollout: Value,
    /// The journal.
    entries: Vec<Value>,
}

impl Played {
    /// The keys of all notices in the journal, for the one channel.
    fn keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for entry in &self.entries {
            let notices = effects(entry)
                .iter()
                .filter(|effect| effect.get("notify").is_some());
            for index in 0..notices.count() {
                keys.insert(format!(
                    "{}/{}/{index}/oncall",
                    entry["rollout"].as_str().unwrap(),
                    entry["sequence"]
                ));
            }
        }
        keys
    }

    /// Deliveries beyond the first of each key.
    fn twice(&self) -> usize {
        self.place.people.heard().values().map(|times| times - 1).sum()
    }
}

fn effects(entry: &Value) -> &[Value] {
    entry["effects"].as_array().unwrap()
}

fn has_looked(rollout: &Value) -> bool {
    rollout["lookedAt"].is_string()
}

fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}

async fn play(store: Store, arguments: &str, seed: u64) -> Played {
    let mut random = StdRng::seed_from_u64(seed);
    let mut place = match store {
        Store::Sqlite => Place::new(arguments, seed).await,
        Store::Postgres => Place::on_postgres(arguments, seed).await,
    };
    let mut daemon = Daemon::start(&place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    daemon.until("looked at", has_looked).await;
    // So that the first look is journalled: every request lies between two looks that are remembered.
    sleep(Duration::from_millis(300)).await;
    place.world.begin().unwrap();

    let mut kills = 0;
    let mut counted = false;
    let rollout = loop {
        sleep(Duration::from_millis(random.random_range(LIFE_MS))).await;
        let rollout = daemon.rollout().await;
        if has_ended(&rollout) {
            break rollout;
        }
        daemon.kill().await;
        kills += 1;
        daemon = Daemon::start(&place).await;
        if !counted && rollout["weight"].as_u64().unwrap() >= 25 {
            counted = true;
            assert_counted_exactly(&daemon, &mut place).await;
        }
    };
    let id = rollout["id"].as_str().unwrap().to_owned();
    all_delivered(&daemon, &id).await;
    place.world.end().await;
    let (code, stdout, stderr) = run(&place, &["history", &id, "--output", "json"]).await;
    assert_eq!(code, 0, "{stderr}");
    let entries = stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let entries: Vec<Value> = entries.collect();
    let (code, stdout, stderr) = run(&place, &["replay", &id]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    Played {
        entries,
        place,
        kills,
        rollout,
    }
}

/// With the load stopped, what was counted is what was served, in spite of the kills so far.
async fn assert_counted_exactly(daemon: &Daemon, place: &mut Place) {
    let rollout = daemon.rollout().await;
    if rollout["phase"] != "analysing" {
        return;
    }
    daemon.post("pause", &json!({"reason": "counting"})).await;
    place.world.end().await;
    let served = place.world.served();
    let expected = json!({
        "canary": served.canary.requests as f64,
        "baseline": served.baseline.requests as f64,
    });
    let counted = |rollout: &Value| rollout["tallies"][0]["requests"].clone();
    let waiting = daemon.until("counted", |rollout| {
        counted(rollout) == expected || has_ended(rollout)
    });
    let Ok(rollout) = tokio::time::timeout(Duration::from_secs(20), waiting).await else {
        panic!("counted {}, served {expected}", counted(&daemon.rollout().await));
    };
    if !has_ended(&rollout) {
        place.world.begin().unwrap();
        daemon.post("resume", &json!({"reason": "counted"})).await;
    }
}

async fn all_delivered(daemon: &Daemon, id: &str) {
    let waiting = async {
        loop {
            let page = daemon
                .get(&format!("/api/v1/rollouts/{id}/deliveries?limit=500"))
                .await;
            let deliveries = page["items"].as_array().unwrap();
            if deliveries.iter().all(|delivery| delivery["state"] == "delivered") {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("every notice delivered");
}

/// What holds whatever the outcome.
fn assert_sound(played: &Played) {
    let mut aborted = false;
    for entry in &played.entries {
        for effect in effects(entry) {
            if effect.get("raise").is_some() {
                assert!(!aborted, "a raise after an abort: {entry:#}");
                let looked = entry["input"]["event"].get("look").is_some();
                assert!(looked, "a raise without a new look: {entry:#}");
            }
            aborted |= effect["lower"]["abort"] == true;
        }
    }
    let heard: BTreeSet<String> = played.place.people.heard().into_keys().collect();
    assert_eq!(heard, played.keys(), "heard, and decided");
    assert!(
        played.twice() <= played.kills,
        "{} twice, {} kills",
        played.twice(),
        played.kills
    );
}

async fn healthy(store: Store) {
    rollouts(store, "--steps 5,25,50,100", "promoted", async |played| {
        assert_sound(played);
        assert!(played.place.virtual_service().contains("weight: 100"));
        assert_eq!(played.rollout["weight"], 100);
    })
    .await;
}

async fn bad(store: Store) {
    rollouts(store, "--fault errors=5%", "aborted", async |played| {
        assert_sound(played);
        let text = played.place.virtual_service();
        assert!(text.contains("serin.dev/aborted"), "{text}");
        assert_eq!(played.rollout["weight"], 0);
        assert_eq!(played.place.world.canary_requests_after(epoch(&text) - 1), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted_in_spite_of_kills_on_sqlite() {
    healthy(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted_in_spite_of_kills_on_postgres() {
    healthy(Store::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_aborted_in_spite_of_kills_on_sqlite() {
    bad(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_aborted_in_spite_of_kills_on_postgres() {
    bad(Store::Postgres).await;
}
