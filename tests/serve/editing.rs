//! Canaries that are edited under a running daemon.

use serde_json::json;

use super::daemon::Daemon;
use super::place::Place;

fn reasons(rollout: &serde_json::Value) -> Vec<String> {
    let holds = rollout["holds"].as_array().unwrap();
    holds
        .iter()
        .map(|hold| hold["reason"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_edit_is_refused_and_a_good_one_holds_the_rollout() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;

    place.edit("interval: 1s", "interval: soon");
    let told = async {
        loop {
            let canary = daemon.get("/api/v1/canaries/demo/checkout").await;
            if let Some(problem) = canary["problems"].as_array().unwrap().first() {
                return problem.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let problem = tokio::time::timeout(super::daemon::PATIENCE, told).await.unwrap();
    assert_eq!(problem["field"], "spec.analysis.interval");
    let canary = daemon.get("/api/v1/canaries/demo/checkout").await;
    assert_eq!(canary["definition"]["interval"], "1s");
    assert!(!reasons(&canary["rollout"]).contains(&"spec-changed".to_owned()));

    place.edit("interval: soon", "interval: 2s");
    let held = daemon
        .until("held", |rollout| {
            reasons(rollout).contains(&"spec-changed".to_owned())
        })
        .await;
    assert_eq!(held["ending"], json!(null));

    place.edit("interval: 2s", "interval: 1s");
    let goes_on = daemon
        .until("going on", |rollout| {
            !reasons(rollout).contains(&"spec-changed".to_owned())
        })
        .await;
    assert_eq!(goes_on["ending"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_is_taken_back_while_no_daemon_runs_holds_no_longer() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    place.edit("interval: 1s", "interval: 2s");
    let is_held = |rollout: &serde_json::Value| reasons(rollout).contains(&"spec-changed".to_owned());
    daemon.until("held", is_held).await;
    daemon.signal("TERM");
    daemon.ended().await;

    place.edit("interval: 2s", "interval: 1s");

    let daemon = Daemon::start(&place).await;
    daemon.until("going on", |rollout| !is_held(rollout)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_taken_away_ends_its_rollout() {
    let place = Place::new("", 1).await;
    let other = place.canaries().join("other.yaml");
    let text = std::fs::read_to_string(&place.world.manifests().canary).unwrap();
    // The templates stay behind.
    let templates = text.split_once("---\n").unwrap().1;
    std::fs::write(&other, templates).unwrap();
    let without = text.split_once("---\n").unwrap().0.to_owned();
    std::fs::write(&place.world.manifests().canary, without).unwrap();
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;

    std::fs::remove_file(&place.world.manifests().canary).unwrap();

    let ended = daemon
        .until("ended", |rollout| rollout["ending"]["cause"] == "deleted")
        .await;
    assert_eq!(ended["ending"]["outcome"], "aborted");
}
