//! A rollback is confirmed by the traffic, whatever becomes of the process meanwhile.

use serde_json::{Value, json};

use super::daemon::Daemon;
use super::place::Place;
use super::rollout::{at_five, effects, explained};

/// Whether an entry tells people that the traffic follows.
fn confirms(entry: &Value) -> bool {
    let mut wanted = effects(entry).iter();
    wanted.any(|effect| effect["notify"]["kind"] == "rollback_confirmed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_confirmed_by_the_process_that_comes_after_a_kill() {
    let mut place = Place::new("--steps 5,25,50,100", 7).await;
    let (daemon, rollout) = at_five(&mut place).await;
    daemon.post("abort", &json!({"reason": "a test"})).await;
    daemon
        .until("read back", |rollout| rollout["phase"] == "aborted")
        .await;
    daemon.kill().await;

    let daemon = Daemon::start(&place).await;

    let confirmed = |rollout: &Value| rollout["confirmation"]["state"] == "confirmed";
    let after = daemon.until("confirmed", confirmed).await;
    assert_eq!(after["id"], rollout["id"]);
    let entries = explained(&daemon, &place).await;
    let restarted = entries
        .iter()
        .position(|entry| entry["input"]["event"] == "restarted");
    let told = entries.iter().position(confirms);
    assert!(restarted.is_some() && restarted < told, "{restarted:?}, {told:?}");
    place.world.end().await;
}
