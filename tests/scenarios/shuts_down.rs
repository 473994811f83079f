//! A shutdown waits for what is under way, has it journalled, begins nothing new, and is bounded.

use std::time::Duration;

use serin::driver::StartError;
use serin::engine::{Action, Outcome};
use serin::spec::Timestamp;

use crate::world::World;
use crate::world::journal::Outage;
use crate::world::route::RouteFault;
use crate::world::services::Source;

/// How long a shutdown takes.
async fn shut_down(world: &World) -> Duration {
    let begun: Timestamp = world.clock.now();
    world.driver.shutdown().await;
    world.clock.now().since(begun)
}

#[tokio::test(start_paused = true)]
async fn takes_no_time_where_nothing_is_under_way() {
    let world = World::new().start();
    world.weight(25).await;
    world.pass(3).await;
    assert_eq!(shut_down(&world).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn waits_for_a_write_and_journals_it() {
    let mut world = World::new().start();
    world.weight(5).await;
    world.route.next_write(RouteFault::Slow(Duration::from_secs(3)));
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

    shut_down(&world).await;

    assert_eq!(world.route.weight(), 25);
    let status = world
        .journal
        .newest(&world.id)
        .unwrap()
        .rollout
        .status(world.clock.now());
    assert_eq!(status.weight, 25, "the journal knows");
    world.restart().await;
    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 50, 100], "without a fence");
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_was_asked_for_is_written_first() {
    let world = World::new().start();
    world.weight(25).await;
    world.route.next_write(RouteFault::Slow(Duration::from_secs(3)));
    world.send(Action::Abort);
    world.pass(1).await;

    shut_down(&world).await;

    assert!(world.is_aborted());
    assert_eq!(world.journalled_outcome(), Some(Outcome::Aborted));
    assert!(world.people.heard_of_the_end().is_some());
}

#[tokio::test(start_paused = true)]
async fn begins_no_raise_that_waited_for_the_journal() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Slow(Duration::from_secs(2)));
    let raises = |world: &World| {
        let status = world.status();
        status
            .looked_at
            .is_some_and(|at| world.clock.now().since(at) < Duration::from_secs(1))
    };
    world.until("just looked", raises).await;

    shut_down(&world).await;
    world.pass(60).await;

    assert_eq!(world.route.weight(), 25);
}

#[tokio::test(start_paused = true)]
async fn is_bounded_where_everything_hangs() {
    let world = World::new().start();
    world.weight(25).await;
    world.people.hang();
    world.workloads.hang();
    world.services.source(Source::Hangs);
    world.route.every_read(Some(RouteFault::Hang));
    world.journal.break_down(Outage::Hangs);
    world.send(Action::Abort);
    world.pass(12).await;

    assert!(shut_down(&world).await <= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn is_bounded_while_a_workload_is_put_back() {
    let world = World::new().start();
    world.weight(25).await;
    world.workloads.hang();
    world.command(Action::Abort).await.unwrap();
    world.pass(1).await;

    assert_eq!(
        shut_down(&world).await,
        Duration::from_secs(20),
        "the scaling down is under way"
    );
}

#[tokio::test(start_paused = true)]
async fn starts_nothing_any_more() {
    let world = World::new();
    shut_down(&world).await;
    assert_eq!(
        world.driver.start(world.canary.clone(), "v2".into()),
        Err(StartError::ShuttingDown)
    );
}
