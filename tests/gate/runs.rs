//! Whole runs.

use std::time::Duration;

use serde_json::json;
use serin::engine::{Arm, Cause, Outcome};

use super::flagger::{Flagger, INTERVAL, Phase, THRESHOLD};
use super::mesh::Mesh;
use super::{ask, body, gate, gate_of, judged};
use crate::routes::in_process::InProcess;
use crate::world::World;
use crate::world::services::Source;

#[tokio::test(start_paused = true)]
async fn a_healthy_canary_is_promoted_step_by_step() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("5d4f8c7b6");
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
    assert_eq!(flagger.weights, [10, 20, 30, 40, 50, 0]);
    assert_eq!(flagger.failed_checks, 0);
    assert!(!flagger.ever_passed("rollback"));
    api.world.pass(1).await;
    let judged = judged(&api).unwrap();
    assert_eq!(judged.revision, "5d4f8c7b6");
    assert_eq!(judged.ending.unwrap().outcome, Outcome::Promoted);
    // Flagger wrote every weight, and Serin none.
    assert!(api.world.route.commits().iter().all(|commit| !commit.ours));
}

#[tokio::test(start_paused = true)]
async fn a_bad_canary_is_rolled_back_at_its_first_weight() {
    for edit in [
        (|world: &World| world.services.fail(Arm::Canary, 0.1)) as fn(&World),
        |world| world.services.slow_down(Arm::Canary, 2.0),
    ] {
        let world = World::new();
        edit(&world);
        let api = gate_of(world);
        let mut flagger = Flagger::at(&api);
        flagger.new_revision("bad");
        assert_eq!(flagger.run(&api).await, Phase::Failed);
        assert_eq!(flagger.weights, [10, 0]);
        assert!(flagger.ever_passed("rollback"));
        assert!(flagger.failed_checks < THRESHOLD);
        let judged = judged(&api).unwrap();
        assert!(matches!(judged.ending.unwrap().cause, Cause::Harmful(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_turns_bad_late_is_rolled_back() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("leaks");
    flagger.until(&api, |flagger| flagger.weight == 50).await;
    api.world.services.fail(Arm::Canary, 0.1);
    assert_eq!(flagger.run(&api).await, Phase::Failed);
    assert!(flagger.ever_passed("rollback"));
}

#[tokio::test(start_paused = true)]
async fn an_incident_of_both_arms_rolls_nothing_back() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("innocent");
    flagger.until(&api, |flagger| flagger.weight == 20).await;
    for arm in [Arm::Canary, Arm::Baseline] {
        api.world.services.fail(arm, 0.1);
    }
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_prometheus_parks_a_healthy_canary_and_costs_no_check() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("5d4f8c7b6");
    flagger.until(&api, |flagger| flagger.weight == 20).await;
    for source in [Source::Down, Source::Hangs] {
        api.world.services.source(source);
        api.world.pass(60).await;
        let weight = flagger.weight;
        for _ in 0..10 {
            flagger.tick(&api).await;
            api.pass(INTERVAL).await;
        }
        assert_eq!(flagger.weight, weight);
        api.world.services.source(Source::Up);
        api.world.pass(60).await;
    }
    assert_eq!((flagger.phase, flagger.failed_checks), (Phase::Progressing, 0));
    assert!(flagger.ever_refused("confirm-traffic-increase"));
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_while_prometheus_is_down() {
    let api = gate();
    api.world.services.source(Source::Down);
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("5d4f8c7b6");
    for _ in 0..10 {
        flagger.tick(&api).await;
        api.pass(INTERVAL).await;
    }
    assert_eq!(flagger.phase, Phase::Waiting);
    api.world.services.source(Source::Up);
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_daemon_goes_on_with_the_same_judgement() {
    for errors in [0.001, 0.02] {
        let mut api = gate();
        let mut flagger = Flagger::at(&api);
        flagger.new_revision("5d4f8c7b6");
        flagger.until(&api, |flagger| flagger.weight == 10).await;
        let before = judged(&api).unwrap();
        api.world.services.fail(Arm::Canary, errors);
        assert_eq!(api.restart().await, 1);
        let healthy = errors < 0.01;
        let ended = if healthy { Phase::Succeeded } else { Phase::Failed };
        assert_eq!(flagger.run(&api).await, ended, "{errors}");
        assert_eq!(judged(&api).unwrap().id, before.id);
        assert_eq!(api.world.journal.rollouts(), [before.id]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_after_the_judgement_rolls_back_all_the_same() {
    let mut api = gate_of(World::new().errors(0.1));
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("bad");
    flagger.until(&api, |flagger| flagger.weight == 10).await;
    api.world.pass(300).await;
    assert!(judged(&api).unwrap().phase.is_final());
    assert_eq!(api.restart().await, 0);
    assert_eq!(flagger.run(&api).await, Phase::Failed);
    assert_eq!(api.world.journal.rollouts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn webhooks_that_come_twice_change_nothing() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.copies = 3;
    flagger.new_revision("5d4f8c7b6");
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
    assert_eq!(flagger.weights, [10, 20, 30, 40, 50, 0]);
    assert_eq!(api.world.journal.rollouts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_revision_in_the_middle_is_judged_on_its_own() {
    let api = gate_of(World::new().errors(0.1));
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("bad");
    flagger.until(&api, |flagger| flagger.weight == 10).await;
    let older = judged(&api).unwrap();
    api.world.services.fail(Arm::Canary, 0.001);
    flagger.new_revision("good");
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
    let newer = judged(&api).unwrap();
    assert_ne!(newer.id, older.id);
    assert_eq!(newer.revision, "good");
    let older = api.world.journal.newest(&older.id).unwrap();
    let ended = older.rollout.status(older.at).ending.unwrap();
    assert_eq!(ended.cause, Cause::RevisionChanged("good".into()));
}

#[tokio::test(start_paused = true)]
async fn runs_follow_each_other() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    for (checksum, errors, ended) in [
        ("one", 0.001, Phase::Succeeded),
        ("two", 0.1, Phase::Failed),
        ("three", 0.001, Phase::Succeeded),
    ] {
        api.world.services.fail(Arm::Canary, errors);
        flagger.new_revision(checksum);
        assert_eq!(flagger.run(&api).await, ended, "{checksum}");
        api.world.pass(60).await;
    }
    assert_eq!(api.world.journal.rollouts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_serin_only_observes_is_judged_as_it_is_written() {
    let world = World::new().with(|canary| canary.mode = serin::spec::Mode::Observe);
    let api = InProcess::of(world);
    let mut flagger = Flagger::at(&api);
    flagger.new_revision("5d4f8c7b6");
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
    let verdict = judged(&api).unwrap().verdict.unwrap();
    assert_eq!(verdict.metrics.len(), 1, "the one metric of its document");
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_turns_bad_after_everything_was_proven_is_not_let_through_however_short_its_bake() {
    let world = World::new().with(|canary| {
        canary.mode = serin::spec::Mode::Observe;
        canary.promotion.bake = Duration::from_secs(5);
    });
    let api = InProcess::of(world);
    api.world.route.somebody_edits(|route| route.canary_weight = 50);
    let asked = body("5d4f8c7b6");
    ask(&api, "pre-rollout", &asked).await;
    for _ in 0..100 {
        api.world.pass(10).await;
        if ask(&api, "confirm-promotion", &asked).await.0 == 200 {
            break;
        }
    }
    api.world.pass(600).await;
    assert_eq!(
        ask(&api, "confirm-promotion", &asked).await.0,
        200,
        "proven, and waits for somebody"
    );

    api.world.services.fail(Arm::Canary, 0.3);
    api.world.pass(120).await;

    assert_eq!(ask(&api, "confirm-promotion", &asked).await.0, 403);
    assert_eq!(ask(&api, "rollout", &asked).await.0, 403);
    assert_eq!(ask(&api, "rollback", &asked).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn metadata_says_what_is_watched() {
    let api = gate();
    let mut flagger = Flagger::at(&api);
    flagger.metadata = json!({
        "analysis": "interval: 5s\nmetrics:\n- template: istio-success-rate\n  margin: {relative: 50%, absolute: 0.5%}\n",
        "steps": "[{weight: 10}, {weight: 30}]",
    });
    flagger.new_revision("5d4f8c7b6");
    assert_eq!(flagger.run(&api).await, Phase::Succeeded);
    let judged = judged(&api).unwrap();
    assert_eq!(judged.steps, 2);
    assert_eq!(judged.verdict.unwrap().metrics.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_serin_began_by_itself_makes_place_for_what_webhooks_name() {
    let world = World::new().with(|canary| canary.mode = serin::spec::Mode::Observe);
    let own = world.driver.start(world.canary.clone(), "a-hash".into()).unwrap();
    world.driver.journalled(&own).await.unwrap();
    let api = InProcess::of(world);
    assert_eq!(ask(&api, "rollout", &body("5d4f8c7b6")).await.0, 200);
    assert_eq!(judged(&api).unwrap().revision, "5d4f8c7b6");
    let own = api.world.journal.newest(&own).unwrap();
    let ended = own.rollout.status(own.at).ending.unwrap();
    // Not as if the workload had another revision: it has this one, and would be begun anew.
    assert!(matches!(ended.cause, Cause::Concluded(_)), "{ended:?}");
}
