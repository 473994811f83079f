//! A harmful canary loses its traffic, by itself: weight 0, a new epoch and the mark in one write, and then the news.

use serin::engine::{Arm, Cause, NoticeKind, Outcome, Phase, Urgency};
use serin::spec::Mode;

use crate::world::{World, watching};

#[tokio::test(start_paused = true)]
async fn writes_weight_epoch_and_mark_at_once() {
    let world = World::new().errors(0.05).start();

    assert_eq!(world.end().await, Outcome::Aborted);

    let commits = world.route.commits();
    let [.., before, abort] = commits.as_slice() else {
        panic!("{commits:?}")
    };
    assert_eq!(abort.state.canary_weight, 0);
    assert!(abort.state.is_aborted(&world.id));
    assert_eq!(abort.state.epoch, before.state.epoch + 1);
    assert!(matches!(world.status().ending.unwrap().cause, Cause::Harmful(_)));
}

#[tokio::test(start_paused = true)]
async fn the_first_write_of_the_abort_comes_in_the_moment_of_the_look() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.fail(Arm::Canary, 0.2);

    world.end().await;

    let aborted_at = world.route.commits().pop().unwrap().at;
    assert_eq!(Some(aborted_at), world.status().looked_at);
}

#[tokio::test(start_paused = true)]
async fn aborts_a_slow_canary() {
    let world = World::new()
        .with(|canary| watching::ask_too(canary, [watching::latency()]))
        .start();
    world.services.slow_down(Arm::Canary, 1.5);

    assert_eq!(world.end().await, Outcome::Aborted);
}

#[tokio::test(start_paused = true)]
async fn the_news_goes_out_after_the_write_and_after_the_journal() {
    let world = World::new().errors(0.05).start();

    world.end().await;

    let calls = world.life.calls();
    let abort = calls.iter().position(|call| *call == "abort").unwrap();
    let journal = abort + calls[abort..].iter().position(|call| *call == "journal").unwrap();
    let told = journal
        + calls[journal..]
            .iter()
            .position(|call| *call == "notify")
            .unwrap();
    assert!(!calls[abort..told].contains(&"notify"));
    let told = world.people.heard_of_the_end().unwrap();
    assert_eq!(told.notice.kind, NoticeKind::Ended(Outcome::Aborted));
    assert!(
        told.notice.text.contains("success-rate") || told.notice.text.contains("errors"),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn harm_in_the_bake_aborts_too() {
    let world = World::new().start();
    world
        .until("at the last step", |world| world.status().step == Some(2))
        .await;
    world.services.fail(Arm::Canary, 0.2);

    assert_eq!(world.end().await, Outcome::Aborted);
}

#[tokio::test(start_paused = true)]
async fn pages_when_the_route_cannot_be_written_and_goes_on_trying() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.fail(Arm::Canary, 0.2);
    world
        .route
        .every_write(Some(crate::world::route::RouteFault::Unreachable));
    world
        .until("aborting", |world| world.phase() == Phase::Aborting)
        .await;
    world.pass(120).await;

    world.route.every_write(None);
    assert_eq!(world.end().await, Outcome::Aborted);

    let pages = world.people.delivered();
    let pages = pages.iter().filter(|told| told.notice.urgency == Urgency::Page);
    assert_eq!(
        pages.map(|told| &told.notice.kind).collect::<Vec<_>>(),
        [&NoticeKind::RollbackUnconfirmed]
    );
}

#[tokio::test(start_paused = true)]
async fn an_observed_rollout_only_says_so() {
    let world = World::new()
        .with(|canary| canary.mode = Mode::Observe)
        .errors(0.05)
        .start();

    assert_eq!(world.end().await, Outcome::Aborted);

    assert_eq!(world.route.weights(), [5], "nobody wrote");
}
