//! A rollback is confirmed by the traffic: whoever made it, whoever sees it, and in nobody's way.

use serin::driver::ports::Journal as _;
use serin::engine::{Action, ConfirmationState, NoticeKind, Outcome};

use crate::world::{World, oracle};

fn is_confirmed(world: &World) -> bool {
    let confirmation = world.status().confirmation;
    confirmation.is_some_and(|confirmation| confirmation.state == ConfirmationState::Confirmed)
}

/// Aborted by hand, a moment ago.
async fn aborted() -> World {
    let world = World::new().start();
    world.weight(25).await;
    world.command(Action::Abort).await.unwrap();
    assert_eq!(world.end().await, Outcome::Aborted);
    world
}

fn told_of_it(world: &World) -> usize {
    let told = world.people.delivered();
    let of_it = |kind: &NoticeKind| *kind == NoticeKind::RollbackConfirmed;
    told.iter().filter(|told| of_it(&told.notice.kind)).count()
}

#[tokio::test(start_paused = true)]
async fn people_hear_once_that_the_traffic_follows_and_the_journal_replays() {
    let world = aborted().await;

    world.until("confirmed", is_confirmed).await;
    world.pass(60).await;

    assert_eq!(told_of_it(&world), 1);
    assert_eq!(world.journal.unfinished().await.unwrap().len(), 0);
    let replayed = oracle::replay(&world.journal.entries(&world.id)).unwrap();
    assert!(
        replayed
            .is_kept_as(&world.journal.newest(&world.id).unwrap().rollout)
            .unwrap()
    );
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_dies_leaves_it_to_the_next() {
    let mut world = aborted().await;

    assert_eq!(world.restart().await, 1, "it has ended, and is gone on with");
    world.until("confirmed", is_confirmed).await;
    world.pass(5).await;

    assert_eq!(told_of_it(&world), 1);
    assert_eq!(world.restart().await, 0, "there is nothing more to see");
    oracle::replay(&world.journal.entries(&world.id)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_next_rollout_does_not_wait_and_ends_the_watching() {
    let mut world = aborted().await;
    world.pass(2).await;

    let next = world.driver.start(world.canary.clone(), "v3".into()).unwrap();
    world.pass(2).await;

    let stored = world.journal.newest(&world.id).unwrap();
    let confirmation = stored.rollout.status(stored.at).confirmation.unwrap();
    assert_eq!(
        confirmation.to_string(),
        format!("not confirmed by traffic: {next} began before")
    );
    assert_eq!(world.restart().await, 1, "only the new one is gone on with");
}
