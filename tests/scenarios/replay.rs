//! The journal of a finished rollout explains it: fed to a fresh engine, it gives the same effects, bit for bit.

use serin::driver::Entry;
use serin::engine::{Action, Outcome, Rollout};

use crate::world::World;
use crate::world::journal::Outage;
use crate::world::oracle::replay;
use crate::world::route::RouteFault;

/// Replays a world's journal from its text, and gives where that leads.
fn replayed(world: &World) -> Rollout {
    let text = serde_json::to_string(&world.journal.entries(&world.id)).unwrap();
    let entries: Vec<Entry> = serde_json::from_str(&text).unwrap();
    replay(&entries).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_replayed() {
    let world = World::new().start();
    world.end().await;
    assert_eq!(replayed(&world), world.journal.newest(&world.id).unwrap().rollout);
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_replayed() {
    let world = World::new().errors(0.05).start();
    world.end().await;
    assert_eq!(replayed(&world), world.journal.newest(&world.id).unwrap().rollout);
}

#[tokio::test(start_paused = true)]
async fn a_troubled_rollout_is_replayed() {
    let mut world = World::new().start();
    world.weight(5).await;
    world.route.next_write(RouteFault::Unknown { made: true });
    world.weight(25).await;
    world.journal.break_down(Outage::AnswersLost);
    world.pass(100).await;
    world.journal.recover();
    world.restart().await;
    world.command(Action::Pause).await.unwrap();
    world.route.somebody_edits(|object| object.canary_weight = 3);
    world.pass(30).await;
    world.command(Action::Resume).await.unwrap();

    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(replayed(&world), world.journal.newest(&world.id).unwrap().rollout);
}
