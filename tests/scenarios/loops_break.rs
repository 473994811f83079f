//! A panic in a rollout's loop, a fault of Serin itself or of an edge, leaves no canary in traffic that nobody watches.

use serin::driver::CommandError;
use serin::engine::{Action, Outcome};
use serin::spec::Mode;

use crate::world::World;
use crate::world::journal::Outage;
use crate::world::services::Source;

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_is_got_over() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(Source::Panics);
    world.pass(10).await;
    world.services.source(Source::Up);

    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_stays_takes_the_canarys_traffic_away() {
    let mut world = World::new().start();
    world.weight(25).await;
    world.services.source(Source::Panics);
    world.pass(120).await;

    assert!(world.is_aborted());
    let unanswered = CommandError::Unanswered(world.id.clone());
    assert_eq!(world.command(Action::Pause).await, Err(unanswered));

    world.services.source(Source::Up);
    world.restart().await;
    assert_eq!(
        world.end().await,
        Outcome::Aborted,
        "the next start finds the mark"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fault_whose_state_cannot_be_read_does_so_too() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Fails);
    world.services.source(Source::Panics);
    world.pass(60).await;

    assert!(world.is_aborted());
}

#[tokio::test(start_paused = true)]
async fn an_observed_route_is_left_alone() {
    let world = World::new().with(|canary| canary.mode = Mode::Observe).start();
    world.services.source(Source::Panics);
    world.pass(120).await;

    assert_eq!(world.route.weights(), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_promoted_canary_keeps_its_traffic() {
    let world = World::new().start();
    world.end().await;
    world.services.source(Source::Panics);

    assert!(world.driver.settle(&world.id).await.is_err());
    world.pass(60).await;

    assert_eq!(world.route.weight(), 100);
}
