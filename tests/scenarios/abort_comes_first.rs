//! Whatever else hangs, an abort lowers the canary: at once where the route answers, and as soon as it does otherwise.

use std::time::Duration;

use serin::engine::{Action, Outcome, Phase};
use serin::spec::PromotionWorkload;

use crate::world::World;
use crate::world::journal::Outage;
use crate::world::route::RouteFault;
use crate::world::services::Source;
use crate::world::workloads::Change;

/// A rollout at 25 %.
async fn at_25() -> World {
    let world = World::new().start();
    world.weight(25).await;
    world
}

/// Asks for an abort, and looks a second later.
async fn is_aborted_in_a_second(world: &World) {
    world.send(Action::Abort);
    world.pass(1).await;
    assert!(world.is_aborted(), "{:?}", world.route.state());
}

#[tokio::test(start_paused = true)]
async fn while_a_raise_hangs() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Hang);
    let writes = |world: &World| {
        world
            .life
            .calls()
            .iter()
            .filter(|call| **call == "write the route")
            .count()
    };
    let before = writes(&world);
    world.until("raising", |world| writes(world) > before).await;

    is_aborted_in_a_second(&world).await;

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 0]);
}

#[tokio::test(start_paused = true)]
async fn while_a_raise_is_on_its_way_and_arrives_afterwards() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Late(Duration::from_secs(3)));
    let writes = |world: &World| {
        world
            .life
            .calls()
            .iter()
            .filter(|call| **call == "write the route")
            .count()
    };
    let before = writes(&world);
    world.until("raising", |world| writes(world) > before).await;

    is_aborted_in_a_second(&world).await;
    world.pass(60).await;

    assert_eq!(world.route.refused().len(), 1, "the raise came and was refused");
    assert!(world.is_aborted());
}

#[tokio::test(start_paused = true)]
async fn while_a_raise_waits_for_the_journal() {
    let world = at_25().await;
    world.journal.break_down(Outage::Hangs);
    world
        .until("raising", |world| world.journal.keeps_a_raise_waiting())
        .await;

    is_aborted_in_a_second(&world).await;
    world.journal.recover();
    assert_eq!(world.end().await, Outcome::Aborted);

    assert_eq!(world.route.weights(), [5, 0, 5, 25, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_is_journalled_meanwhile_does_not_take_its_place() {
    let world = at_25().await;
    world.journal.break_down(Outage::Slow(Duration::from_secs(2)));
    world
        .until("raising", |world| world.journal.keeps_a_raise_waiting())
        .await;
    world.route.next_write(RouteFault::Slow(Duration::from_secs(3)));

    world.send(Action::Abort);
    world.pass(4).await;

    assert!(world.is_aborted());
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 0], "by the first write");
}

#[tokio::test(start_paused = true)]
async fn while_the_journal_hangs() {
    let world = at_25().await;
    world.journal.break_down(Outage::Hangs);
    is_aborted_in_a_second(&world).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_journal_fails() {
    let world = at_25().await;
    world.journal.break_down(Outage::Fails);
    world.pass(100).await;
    is_aborted_in_a_second(&world).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_people_do_not_answer() {
    let world = World::new();
    world.people.hang();
    let world = world.start();
    world.weight(25).await;
    is_aborted_in_a_second(&world).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_metric_source_hangs() {
    let world = at_25().await;
    world.services.source(Source::Hangs);
    world.pass(12).await;
    is_aborted_in_a_second(&world).await;
}

#[tokio::test(start_paused = true)]
async fn while_somebody_waits_for_a_last_look() {
    let world = at_25().await;
    world.services.source(Source::Hangs);
    let settle = world.driver.settle(&world.id);
    let abort = is_aborted_in_a_second(&world);
    let (_, ()) = futures::future::join(settle, abort).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_workloads_hang() {
    let world = at_25().await;
    world.workloads.hang();
    world.pass(12).await;
    is_aborted_in_a_second(&world).await;
    assert_eq!(
        world.phase(),
        Phase::Aborted,
        "the scaling down is nobody's to wait for"
    );
}

#[tokio::test(start_paused = true)]
async fn while_the_stable_workload_takes_the_version() {
    let world = World::in_the_copy().await;
    world.pass(60).await;

    is_aborted_in_a_second(&world).await;
    world.workloads.let_promotions_end();
    world.pass(60).await;

    let changes = world.workloads.changes();
    assert_eq!(
        changes,
        [Change::PromotionBegun, Change::Restored, Change::ScaledDown],
        "what was under way is given up"
    );
}

#[tokio::test(start_paused = true)]
async fn when_somebody_sets_another_version_between_the_last_look_and_the_copy() {
    let world = World::new()
        .with(|canary| canary.promotion.workload = PromotionWorkload::Copy)
        .start();
    world.workloads.set_revision("aaa");
    world.workloads.hold_promotions();
    world
        .until("promoting", |world| world.phase() == Phase::Promoting)
        .await;
    world.workloads.set_revision("bbb");
    world.workloads.let_promotions_end();

    assert_eq!(world.end().await, Outcome::Aborted);

    assert!(!world.workloads.changes().contains(&Change::Promoted));
    let cause = world.status().ending.unwrap().cause.to_string();
    assert_eq!(cause, "the canary's revision is bbb, and aaa is what was judged");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_to_the_workloads_before_the_traffic_is_back() {
    let world = World::in_the_copy().await;
    world.pass(1).await;
    world.route.next_write(RouteFault::Slow(Duration::from_secs(3)));

    world.send(Action::Abort);
    world.pass(2).await;
    assert_eq!(world.workloads.changes(), [Change::PromotionBegun]);

    world.pass(2).await;
    assert!(world.is_aborted());
    assert!(world.workloads.changes().contains(&Change::Restored));
}

#[tokio::test(start_paused = true)]
async fn as_soon_as_the_route_can_be_read_again() {
    let world = at_25().await;
    world.route.every_read(Some(RouteFault::Hang));
    world.send(Action::Abort);
    world.pass(120).await;
    assert_eq!(world.route.weight(), 25);

    world.route.every_read(None);
    // The longest pause between two tries, and a read that still hangs.
    world.pass(15).await;
    assert!(world.is_aborted());
}

#[tokio::test(start_paused = true)]
async fn through_others_who_keep_changing_the_object() {
    let world = at_25().await;
    for _ in 0..4 {
        world.route.next_write(RouteFault::Conflict);
    }
    is_aborted_in_a_second(&world).await;
}

#[tokio::test(start_paused = true)]
async fn when_the_answer_to_the_abort_is_lost_it_is_found_by_its_mark() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Unknown { made: true });
    world.send(Action::Abort);
    assert_eq!(world.end().await, Outcome::Aborted);

    let marked = world.route.commits();
    let marked = marked
        .iter()
        .filter(|commit| commit.state.is_aborted(&world.id))
        .count();
    assert_eq!(marked, 1, "it is not written twice");
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_somebody_overwrites_at_once_is_written_again() {
    let world = at_25().await;
    world.route.next_write(RouteFault::Overtaken { weight: 30 });
    is_aborted_in_a_second(&world).await;
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 0, 30, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_is_never_waited_for_in_circles() {
    let world = at_25().await;
    world.route.every_write(Some(RouteFault::Hang));
    world.send(Action::Abort);
    let before = world.journal.entries(&world.id).len();

    world.pass(300).await;

    let entries = world.journal.entries(&world.id).len() - before;
    assert!(entries < 300, "{entries} entries in five minutes");
}
