//! Missing data is not an outcome: nothing is raised by it, nothing aborted, and the rollout goes on once it is back.

use serin::engine::{Arm, Cause, HoldReason, Outcome, Urgency};

use crate::world::World;
use crate::world::services::Source;

/// A rollout at 25 % whose source becomes like that for ten minutes, and then comes back.
async fn comes_back_from(source: Source) {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(source);
    world.pass(30).await;

    let status = world.status();
    assert_eq!(status.holds[0].reason, HoldReason::NoData, "{:?}", status.holds);
    world.pass(570).await;
    assert_eq!(world.route.weight(), 25, "neither raised nor aborted");

    world.services.source(Source::Up);
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn holds_while_the_source_is_down() {
    comes_back_from(Source::Down).await;
}

#[tokio::test(start_paused = true)]
async fn holds_while_the_source_hangs() {
    comes_back_from(Source::Hangs).await;
}

#[tokio::test(start_paused = true)]
async fn holds_while_the_samples_stand_still() {
    comes_back_from(Source::Stale).await;
}

#[tokio::test(start_paused = true)]
async fn holds_while_the_baseline_is_silent() {
    comes_back_from(Source::Without(Arm::Baseline)).await;
}

#[tokio::test(start_paused = true)]
async fn holds_while_nobody_calls() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.requests_per_second(0.0);
    world.pass(600).await;
    assert_eq!(world.route.weight(), 25);

    world.services.requests_per_second(500.0);
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_asked_once_an_interval_and_no_more() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(Source::Hangs);
    let before = world.life.calls().len();

    world.pass(600).await;

    let calls = world.life.calls();
    let looks = calls[before..].iter().filter(|call| **call == "look").count();
    assert!((59..=61).contains(&looks), "{looks} looks in 60 intervals");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_raised_before_there_was_any_data() {
    let world = World::new();
    world.services.source(Source::Down);
    let world = world.start();

    world.pass(600).await;

    assert_eq!(world.route.weights(), [5, 0]);
}

#[tokio::test(start_paused = true)]
async fn pages_once_at_the_deadline_and_holds_on() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(Source::Down);

    world.pass(30 * 60).await;

    let told = world.people.delivered();
    let pages = told
        .iter()
        .filter(|told| told.notice.urgency == Urgency::Page)
        .count();
    assert_eq!(pages, 1);
    assert_eq!(world.route.weight(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_silent_canary_beside_a_busy_baseline_is_aborted_after_its_deadline() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(Source::Without(Arm::Canary));

    assert_eq!(world.end().await, Outcome::Aborted);

    assert!(matches!(world.status().ending.unwrap().cause, Cause::NoData(_)));
}
