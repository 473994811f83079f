//! A canary that is as good as its baseline goes through every step and becomes the new stable.

use std::time::Duration;

use serin::engine::{Action, Cause, HoldReason, NoticeKind, Outcome, Phase};
use serin::spec::PromotionWorkload;

use crate::world::people::Delivered;
use crate::world::workloads::Change;
use crate::world::{World, watching};

#[tokio::test(start_paused = true)]
async fn goes_through_every_step_and_is_promoted() {
    let world = World::new().start();

    assert_eq!(world.end().await, Outcome::Promoted);

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 100]);
    assert!(matches!(world.status().ending.unwrap().cause, Cause::Proven(_)));
}

#[tokio::test(start_paused = true)]
async fn judges_latency_beside_the_errors() {
    let world = World::new()
        .with(|canary| watching::ask_too(canary, [watching::latency()]))
        .start();

    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn goes_on_watching_for_the_whole_bake() {
    let world = World::new()
        .with(|canary| canary.promotion.bake = Duration::from_secs(600))
        .start();
    world
        .until("baking", |world| world.phase() == Phase::Baking)
        .await;
    let since = world.status().phase_since;

    world.end().await;

    assert!(world.status().phase_since.since(since) >= Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn hands_the_traffic_back_to_a_stable_workload_that_took_the_version() {
    let world = World::new()
        .with(|canary| canary.promotion.workload = PromotionWorkload::Copy)
        .start();

    assert_eq!(world.end().await, Outcome::Promoted);

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 100, 0]);
    assert!(!world.is_aborted(), "a promotion leaves no mark");
    assert_eq!(
        world.workloads.changes(),
        [Change::PromotionBegun, Change::Promoted, Change::ScaledDown]
    );
}

#[tokio::test(start_paused = true)]
async fn tells_people_of_every_step_once() {
    let world = World::new().start();

    world.end().await;

    let told: Vec<_> = world
        .people
        .delivered()
        .into_iter()
        .map(|told| told.notice.kind)
        .collect();
    let steps = [5, 25, 50, 100].map(|weight| NoticeKind::Stepped { weight });
    let mut expected = vec![NoticeKind::Started];
    expected.extend(steps);
    expected.extend([NoticeKind::Baking, NoticeKind::Ended(Outcome::Promoted)]);
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn gives_every_notice_a_key_of_its_own() {
    let world = World::new().start();

    world.end().await;

    let mut keys: Vec<_> = world
        .people
        .delivered()
        .into_iter()
        .map(|told| told.key)
        .collect();
    let delivered = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), delivered);
}

#[tokio::test(start_paused = true)]
async fn a_promoted_canary_keeps_its_traffic_in_the_next_rollout_until_somebody_resumes() {
    let world = World::new().start();
    assert_eq!(world.end().await, Outcome::Promoted);
    let before = world.route.commits().len();
    let world = world.start();

    world.pass(120).await;

    assert_eq!(world.route.commits().len(), before, "nothing was written");
    let held = |told: &&Delivered| matches!(&told.notice.kind, NoticeKind::Holding(hold) if hold.reason == HoldReason::Drift);
    assert_eq!(world.people.delivered().iter().filter(held).count(), 1);
    world.command(Action::Resume).await.unwrap();
    world.pass(1).await;
    assert_eq!(world.route.weight(), 0);
    assert_eq!(world.end().await, Outcome::Promoted);
}
