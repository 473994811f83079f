//! What the status says, and how often.

use std::time::Duration;

use serde_json::json;
use serin::driver::ports::Clock;
use serin::engine::{Action, Phase};

use super::world::{World, canary, condition, deployment};

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_shows_in_the_status() {
    let world = World::seen().await;
    world.roll_out("v2");
    world
        .until("judged at 5 %", |status| {
            let metrics = status.verdict.as_ref().map(|verdict| &verdict.metrics);
            metrics.is_some_and(|metrics| metrics.iter().any(|metric| metric.requests.canary > 0.0))
        })
        .await;
    world.clock.skip(Duration::from_secs(10));

    let canary = world
        .when("at 5 %", |canary| {
            canary["status"]["metrics"][0]["canary"]["requests"].as_u64() > Some(0)
        })
        .await;

    let status = &canary["status"];
    assert_eq!(status["phase"], "analysing");
    assert_eq!((&status["step"], &status["steps"]), (&1.into(), &2.into()));
    assert_eq!(status["revision"], super::world::revision("v2"));
    let metric = &status["metrics"][0];
    assert_eq!(metric["template"], "istio-success-rate");
    assert!(metric["baseline"]["errorRate"].as_str().unwrap().ends_with('%'));
    assert_eq!(condition(&canary, "Progressing")["status"], "True");
    assert_eq!(condition(&canary, "Promoted")["status"], "Unknown");
    assert_eq!(condition(&canary, "Reconciling")["status"], "True");
    assert_eq!(condition(&canary, "Ready")["status"], "True");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_ready_once_its_deployments_are_there() {
    let world = World::empty().await.with_daemon().await;
    world.server.put(deployment("checkout-canary", "v1"));
    world.server.put(canary(json!({})));
    let told = world
        .when("not ready", |canary| {
            condition(canary, "Ready")["status"] == "False"
        })
        .await;
    let ready = condition(&told, "Ready");
    assert_eq!(ready["reason"], "WorkloadMissing");
    assert_eq!(
        ready["message"],
        "Deployment shop/checkout-stable (spec.workloads.stable.name) is not there"
    );
    assert!(
        condition(&told, "Stalled").is_null(),
        "somebody may be about to make it"
    );

    world.server.put(deployment("checkout-stable", "v1"));

    world.clock.skip(Duration::from_secs(10));
    world
        .when("ready", |canary| condition(canary, "Ready")["status"] == "True")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_at_once_and_outlives_the_daemon() {
    let mut world = World::seen().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.observed("v2").await;

    world.abort().await;

    let canary = world
        .when("aborted", |canary| canary["status"]["phase"] == "aborted")
        .await;
    assert_eq!(canary["status"]["outcome"], "aborted");
    let reason = canary["status"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("ada asked for it"), "{reason}");
    assert_eq!(condition(&canary, "Promoted")["status"], "False");
    assert_eq!(condition(&canary, "Progressing")["status"], "False");
    assert_eq!(condition(&canary, "Stalled")["reason"], "Aborted");
    assert!(condition(&canary, "Reconciling").is_null());
    world
        .when("let go", |canary| {
            canary["metadata"]["finalizers"]
                .as_array()
                .is_none_or(Vec::is_empty)
        })
        .await;
    world.server.forget_requests();
    let before = world.canary();
    world.restart().await;
    world.roll_out("v3");
    world.rolling_out("v3").await;
    let history = world.server.history("canaries", "shop", "checkout");
    let phases: Vec<_> = history
        .iter()
        .map(|commit| commit.object["status"]["phase"].clone())
        .collect();
    let ended = phases.iter().position(|phase| phase == "aborted").unwrap();
    assert!(
        phases[ended..].iter().all(|phase| !phase.is_null()),
        "a restart takes nothing of it away: {phases:?}"
    );
    assert_eq!(before["status"]["phase"], "aborted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_shows_in_the_conditions() {
    let world = World::seen().await;
    world.roll_out("v2");

    world
        .until("promoted", |status| status.phase == Phase::Succeeded)
        .await;

    let canary = world
        .when("promoted", |canary| {
            condition(canary, "Promoted")["status"] == "True"
        })
        .await;
    assert_eq!(canary["status"]["phase"], "succeeded");
    assert_eq!(
        condition(&canary, "Promoted")["observedGeneration"],
        canary["metadata"]["generation"]
    );
    assert!(condition(&canary, "Stalled").is_null() && condition(&canary, "Reconciling").is_null());
}

/// The writes of a status in about a minute, in each quarter of a second of which something is `done`.
async fn writes_in_a_minute(done: impl Fn(&World, usize)) -> (usize, Duration) {
    let world = World::seen().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.observed("v2").await;
    world.server.forget_requests();
    let begun = world.clock.now();
    for quarter in 0..240 {
        done(&world, quarter);
        world.clock.skip(Duration::from_millis(250));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (world.status_writes(), world.clock.now().since(begun))
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_written_at_most_once_in_ten_seconds() {
    let (writes, passed) = writes_in_a_minute(|world, quarter| match quarter % 16 {
        0 => world.command(Action::Pause),
        8 => world.command(Action::Resume),
        _ => {}
    })
    .await;
    let most = passed.as_secs() as usize / 10 + 1;
    assert!(writes >= 3 && writes <= most, "{writes} writes in {passed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_alone_are_written_once_a_minute() {
    let (writes, passed) = writes_in_a_minute(|_, _| {}).await;
    // Of what came before, one may be on its way.
    assert!((1..=3).contains(&writes), "{writes} writes in {passed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_could_not_be_written_is_written_by_the_next_process() {
    let mut world = World::seen().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.observed("v2").await;
    world.server.fail_writes_with(503);
    world.abort().await;
    world.journalled().await;
    world.kill();
    world.server.recover();
    assert_ne!(world.canary()["status"]["phase"], "aborted");

    world.start_daemon().await;

    let canary = world
        .when("aborted", |canary| canary["status"]["phase"] == "aborted")
        .await;
    assert_eq!(condition(&canary, "Promoted")["status"], "False");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_into_the_status_stays() {
    let world = World::unseen().await;
    world.edit(|canary| {
        canary["status"] = serde_json::json!({"conditions": [{
            "type": "example.com/Audited", "status": "True", "reason": "Yes", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }]});
    });

    let world = world.with_daemon().await;

    world.observed("v1").await;
    let canary = world.canary();
    assert_eq!(condition(&canary, "example.com/Audited")["status"], "True");
}
