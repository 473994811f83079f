//! Writes that come late, writes whose answer was lost, and writes of others: none makes Serin raise by mistake.

use std::time::Duration;

use serin::engine::{Action, HoldReason, Outcome};

use crate::world::World;
use crate::world::journal::Outage;
use crate::world::route::RouteFault;

async fn at_25() -> World {
    let world = World::new().start();
    world.weight(25).await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_arrives_after_its_fence_is_refused() {
    let world = at_25().await;
    // Longer than the time-out, shorter than the time to the next raise.
    world.route.next_write(RouteFault::Late(Duration::from_secs(7)));

    assert_eq!(world.end().await, Outcome::Promoted);

    let refused = world.route.refused();
    assert_eq!(
        refused
            .iter()
            .map(|write| write.canary_weight)
            .collect::<Vec<_>>(),
        [50]
    );
    assert_eq!(
        world.route.weights(),
        [5, 0, 5, 25, 25, 50, 100],
        "the fence in between"
    );
}

#[tokio::test(start_paused = true)]
async fn a_raise_without_an_answer_is_taken_back_and_decided_anew() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Unknown { made: true });

    assert_eq!(world.end().await, Outcome::Promoted);

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 25, 50, 100]);
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_was_never_made_is_fenced_off() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Unknown { made: false });

    assert_eq!(world.end().await, Outcome::Promoted);

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 25, 50, 100]);
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_somebody_was_quicker_than_is_given_up() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Conflict);
    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 100]);
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_somebody_sets_by_hand_ends_the_rollout() {
    let world = at_25().await;
    let id = world.id.clone();
    world.route.somebody_edits(|object| object.aborted = Some(id));
    assert_eq!(world.end().await, Outcome::Aborted);
    assert!(world.is_aborted());
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_came_after_the_last_poll_stops_a_raise_that_was_decided() {
    let world = at_25().await;
    world.journal.break_down(Outage::Slow(Duration::from_secs(2)));
    world
        .until("raising", |world| world.journal.keeps_a_raise_waiting())
        .await;
    let id = world.id.clone();
    world.route.somebody_edits(|object| object.aborted = Some(id));

    assert_eq!(world.end().await, Outcome::Aborted);

    assert!(!world.route.weights().contains(&50));
}

#[tokio::test(start_paused = true)]
async fn the_fence_of_a_lost_raise_does_not_undo_what_somebody_lowered() {
    let world = at_25().await;
    world.journal.break_down(Outage::Slow(Duration::from_secs(1)));
    world
        .until("raising", |world| world.journal.keeps_a_raise_waiting())
        .await;
    world.journal.recover();
    world.route.next_write(RouteFault::Hang);
    world.pass(3).await;
    world.route.somebody_edits(|object| object.canary_weight = 1);

    world.pass(600).await;

    assert_eq!(world.route.weight(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_lowers_the_canary_is_obeyed_until_a_resume() {
    let world = at_25().await;
    world.route.somebody_edits(|object| object.canary_weight = 1);
    world.pass(600).await;
    assert_eq!(world.route.weight(), 1);
    assert_eq!(world.status().holds[0].reason, HoldReason::Drift);

    world.command(Action::Resume).await.unwrap();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn who_raises_the_canary_is_put_back() {
    let world = at_25().await;
    world.command(Action::Pause).await.unwrap();
    world.route.somebody_edits(|object| object.canary_weight = 90);
    world.pass(30).await;
    assert_eq!(world.route.weight(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_a_raise_overtook_is_not_taken_for_somebody_elses_lowering() {
    let world = at_25().await;
    // The next poll's read is so slow that the raise which that poll's look allows is confirmed before it.
    world.route.next_read(RouteFault::Slow(Duration::from_secs(4)));
    world.weight(50).await;
    world.pass(5).await;

    assert!(
        world
            .status()
            .holds
            .iter()
            .all(|hold| hold.reason != HoldReason::Drift)
    );
    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 100]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_was_replaced_is_stamped_before_anything_else() {
    let world = at_25().await;
    let epoch = world.route.state().epoch;
    world.route.somebody_edits(|object| {
        object.epoch = 0;
        object.rollout = None;
    });
    world
        .until("stamped", |world| world.route.state().epoch > epoch)
        .await;

    assert_eq!(world.route.state().rollout.as_deref(), Some(world.id.as_str()));
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn an_epoch_without_a_successor_is_told_and_nothing_breaks() {
    let world = at_25().await;
    world.route.somebody_edits(|object| object.epoch = u64::MAX);
    world.send(Action::Abort);
    world.pass(60).await;
    assert!(world.life.calls().contains(&"look"));
    assert_eq!(world.route.weight(), 25, "no guarded write is possible");

    world.route.somebody_edits(|object| object.epoch = 1000);
    assert_eq!(world.end().await, Outcome::Aborted);
}
