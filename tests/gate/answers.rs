//! What each webhook is answered, by where the judgement stands.

use std::time::Duration;

use serin::engine::{Action, Arm, Phase, Trail};

use super::{ask, body, gate, gate_of, judged};
use crate::routes::history::Fault;
use crate::routes::in_process::InProcess;
use crate::world::World;
use crate::world::journal::Outage;
use crate::world::services::Source;

/// The webhooks that ask.
const ASKING: [&str; 6] = [
    "confirm-rollout",
    "pre-rollout",
    "rollout",
    "confirm-traffic-increase",
    "confirm-promotion",
    "rollback",
];

/// The statuses of all that ask, in that order.
async fn statuses(api: &InProcess, checksum: &str) -> [u16; 6] {
    let mut statuses = [0; 6];
    for (status, hook) in statuses.iter_mut().zip(ASKING) {
        *status = ask(api, hook, &body(checksum)).await.0;
    }
    statuses
}

/// What parks, and what passes, as long as nothing is known.
const UNDECIDED: [u16; 6] = [403, 200, 200, 403, 403, 403];

fn weight(api: &InProcess, weight: u8) {
    api.world
        .route
        .somebody_edits(|route| route.canary_weight = weight);
}

#[tokio::test(start_paused = true)]
async fn before_the_first_look_confirmations_park_and_nothing_fails() {
    let api = gate();
    weight(&api, 0);
    assert_eq!(statuses(&api, "a").await, UNDECIDED);
    assert_eq!(judged(&api).unwrap().phase, Phase::Preparing);
}

#[tokio::test(start_paused = true)]
async fn once_the_canary_can_be_judged_it_may_have_its_first_weight_and_no_promotion() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    api.world.pass(60).await;
    assert_eq!(statuses(&api, "a").await, [200, 200, 200, 200, 403, 403]);
}

#[tokio::test(start_paused = true)]
async fn a_raise_waits_for_two_looks_at_the_weight() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    api.world.pass(60).await;
    weight(&api, 10);
    api.world.pass(11).await;
    let (status, why) = ask(&api, "confirm-traffic-increase", &body("a")).await;
    assert_eq!(status, 403, "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_proven_canary_passes_everything_but_the_rollback() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    api.world.pass(60).await;
    weight(&api, 50);
    api.world
        .until("proven", |_| judged(&api).unwrap().phase == Phase::Baking)
        .await;
    api.world.pass(30).await;
    assert_eq!(statuses(&api, "a").await, [200, 200, 200, 200, 200, 403]);
    // It is not proven any more once nobody looks.
    api.world.services.source(Source::Down);
    api.world.pass(60).await;
    let (status, why) = ask(&api, "confirm-promotion", &body("a")).await;
    assert_eq!(status, 403);
    assert!(why.contains("sourceDown"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_judgement_passes_the_rollback_alone_and_says_why() {
    let api = gate_of(World::new().errors(0.1));
    weight(&api, 20);
    statuses(&api, "a").await;
    api.world
        .until("judged", |_| judged(&api).unwrap().phase == Phase::Aborted)
        .await;
    assert_eq!(statuses(&api, "a").await, [403, 403, 403, 403, 403, 200]);
    let (_, why) = ask(&api, "rollout", &body("a")).await;
    assert!(
        why.starts_with("would have been aborted at 20 %: istio-success-rate: errors 10.0 %"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn somebody_on_call_can_stop_it_by_an_abort_or_a_pause() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    api.world.pass(60).await;
    let mut command = serin::engine::Command {
        action: Action::Pause,
        by: "ada".into(),
        reason: "lunch".into(),
        trail: Trail::default(),
    };
    let id = judged(&api).unwrap().id;
    api.world.driver.command(&id, command.clone()).await.unwrap();
    assert_eq!(statuses(&api, "a").await, UNDECIDED);
    command.action = Action::Abort;
    api.world.driver.command(&id, command).await.unwrap();
    assert_eq!(statuses(&api, "a").await, [403, 403, 403, 403, 403, 200]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_flaggers_run_ends_the_judgement() {
    for (phase, outcome) in [("Succeeded", "inconclusive"), ("Failed", "aborted")] {
        let api = gate();
        weight(&api, 0);
        statuses(&api, "a").await;
        api.world.pass(60).await;
        let mut end = body("a");
        end["phase"] = phase.into();
        assert_eq!(ask(&api, "post-rollout", &end).await.0, 200);
        api.world.pass(1).await;
        let ending = judged(&api).unwrap().ending.unwrap();
        assert_eq!(ending.outcome.name(), outcome);
        // Neither is a verdict against the canary.
        assert_eq!(ask(&api, "rollback", &body("a")).await.0, 403);
    }
}

#[tokio::test(start_paused = true)]
async fn news_of_another_revision_ends_nothing() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    for hook in ["post-rollout", "event"] {
        let mut end = body("b");
        end["phase"] = "Failed".into();
        assert_eq!(ask(&api, hook, &end).await.0, 200);
    }
    api.world.pass(1).await;
    let judged = judged(&api).unwrap();
    assert_eq!((judged.revision.as_str(), judged.phase), ("a", Phase::Preparing));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_in_the_journal() {
    let api = gate();
    statuses(&api, "a").await;
    let mut event = body("a");
    event["metadata"] =
        serde_json::json!({"eventMessage": "Advance checkout.shop canary weight 10", "eventType": "Normal"});
    assert_eq!(ask(&api, "event", &event).await.0, 200);
    api.world.pass(1).await;
    let id = judged(&api).unwrap().id;
    let journal = api
        .get(&format!("/api/v1/rollouts/{id}/events"))
        .await
        .ok()
        .to_string();
    assert!(
        journal.contains("event (Progressing): Advance checkout.shop canary weight 10"),
        "{journal}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_decides_nothing() {
    for fault in [Fault::Fails, Fault::Hangs] {
        let api = gate();
        weight(&api, 0);
        api.history.break_down(fault);
        let begun = api.world.clock.now();
        assert_eq!(statuses(&api, "a").await, UNDECIDED);
        assert!(api.world.clock.now().since(begun) < Duration::from_secs(6 * 5));
        assert_eq!(judged(&api), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_down_keeps_another_revision_waiting() {
    let api = gate();
    weight(&api, 0);
    statuses(&api, "a").await;
    api.world.pass(60).await;
    for outage in [Outage::Fails, Outage::Hangs] {
        api.world.journal.break_down(outage);
        assert_eq!(statuses(&api, "b").await, UNDECIDED);
        assert_eq!(judged(&api).unwrap().revision, "a");
    }
    api.world.journal.recover();
    api.world.pass(60).await;
    statuses(&api, "b").await;
    assert_eq!(judged(&api).unwrap().revision, "b");
}

#[tokio::test(start_paused = true)]
async fn two_at_once_begin_one_judgement() {
    let api = gate();
    let body = body("a");
    let asked = ASKING.map(|hook| ask(&api, hook, &body));
    futures::future::join_all(asked).await;
    api.world.pass(1).await;
    assert_eq!(api.world.journal.rollouts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_canary_whose_traffic_serin_moves_is_never_touched() {
    let api = InProcess::of(World::new().start());
    api.world.weight(5).await;
    for hook in ASKING {
        let (status, why) = ask(&api, hook, &body("a")).await;
        assert_eq!(status, 403, "{hook}");
        assert!(why.contains("mode: observe"), "{why}");
    }
    for hook in ["post-rollout", "event"] {
        let mut end = body("v2");
        end["phase"] = "Failed".into();
        ask(&api, hook, &end).await;
    }
    api.world.services.fail(Arm::Canary, 0.001);
    assert_eq!(api.world.end().await, serin::engine::Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn judgements_under_way_are_bounded() {
    const JUDGEMENTS_MAX: usize = 1000;
    let api = gate();
    let named = |number: usize| {
        let mut body = body("a");
        body["name"] = format!("canary-{number}").into();
        body
    };
    for number in 0..JUDGEMENTS_MAX {
        assert_eq!(ask(&api, "rollout", &named(number)).await.0, 200);
    }
    assert_eq!(api.counters.judgements.get(), 0);
    let (status, why) = ask(&api, "confirm-rollout", &named(JUDGEMENTS_MAX)).await;
    assert_eq!(status, 403);
    assert!(why.contains("1000 judgements"), "{why}");
    assert_eq!(api.counters.judgements.get(), 1);
    // Where one ends there is room for another.
    let mut end = named(7);
    end["phase"] = "Failed".into();
    ask(&api, "post-rollout", &end).await;
    api.world.pass(1).await;
    ask(&api, "rollout", &named(JUDGEMENTS_MAX)).await;
    let name = format!("canary-{JUDGEMENTS_MAX}");
    assert!(api.world.driver.status_of("shop", &name).is_some());
}
