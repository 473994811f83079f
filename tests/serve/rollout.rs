//! A rollout of `demo/checkout`: on its way, and explained once it has ended.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::daemon::{Daemon, answered, run, until};
use super::place::Place;

/// A daemon at `place` with a rollout whose canary has five percent of the traffic, and what there is to know of it.
pub(crate) async fn at_five(place: &mut Place) -> (Daemon, Value) {
    let daemon = Daemon::start(place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    place.world.begin().unwrap();
    let rollout = daemon.until("at five percent", is_at_five).await;
    (daemon, rollout)
}

/// Whether a rollout has ended.
pub(crate) fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}

/// Whether a rollout gives the canary traffic, and is not about to end.
pub(crate) fn is_at_five(rollout: &Value) -> bool {
    rollout["weight"] == 5 && rollout["phase"] == "analysing"
}

/// Waits until the rollout's end is journalled, and the traffic has shown it, and every notice of it was delivered; gives its journal, which replays.
pub(crate) async fn explained(daemon: &Daemon, place: &Place) -> Vec<Value> {
    let is_over = |rollout: &Value| has_ended(rollout) && rollout["confirmation"]["state"] != "watched";
    let rollout = daemon.until("ended, and watched no more", is_over).await;
    let id = rollout["id"].as_str().unwrap();
    all_delivered(daemon, id).await;
    let entries = journal(place, id).await;
    let heard: BTreeSet<String> = place.people.heard().into_keys().collect();
    assert_eq!(heard, keys(&entries), "heard, and decided");
    let (code, stdout, stderr) = run(place, &["replay", id]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.ends_with("decisions, all equal\n"), "{stdout}");
    entries
}

/// Waits until every notice, that of the end among them, was delivered.
pub(crate) async fn all_delivered(daemon: &Daemon, id: &str) {
    until("everything delivered", async || {
        let path = format!("/api/v1/rollouts/{id}/deliveries?limit=500");
        // A store that is not back yet is asked again.
        let (status, text) = answered(daemon.request(Method::GET, &path)).await;
        let page: Value = serde_json::from_str(&text).unwrap();
        let deliveries = page["items"].as_array().filter(|_| status == 200)?;
        // An alert lasts for a while after it was told.
        let is_told = |delivery: &Value| delivery["state"] == "delivered" || delivery["state"] == "lasting";
        let is_last = |delivery: &Value| delivery["kind"] == "ended";
        (deliveries.iter().all(is_told) && deliveries.iter().any(is_last)).then_some(())
    })
    .await;
}

/// The journal of a rollout, as `serin history` gives it.
pub(crate) async fn journal(place: &Place, id: &str) -> Vec<Value> {
    let stdout = until("the journal", async || {
        let (code, stdout, stderr) = run(place, &["history", id, "--output", "json"]).await;
        // A busy machine answers late, and is asked again; whatever else fails is a failure.
        assert!(code == 0 || stderr.contains("no answer within"), "{stderr}");
        (code == 0).then_some(stdout)
    })
    .await;
    let lines = stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the engine wanted done.
pub(crate) fn effects(entry: &Value) -> &[Value] {
    entry["effects"].as_array().unwrap()
}

/// The keys of all notices in the journal, for the one channel.
pub(crate) fn keys(entries: &[Value]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in entries {
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
