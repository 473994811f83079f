//! A rollout runs where its driver was made, wherever it was started from.

use std::thread;

use serin::engine::Outcome;
use tokio::runtime::Builder;

use crate::world::World;

#[tokio::test(start_paused = true)]
async fn a_rollout_outlives_the_runtime_that_it_was_started_from() {
    let mut world = World::new();
    let (driver, canary) = (world.driver.clone(), world.canary.clone());
    let elsewhere = thread::spawn(move || {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { driver.start(canary, "v2".into()) })
    });

    world.id = elsewhere.join().unwrap().unwrap();

    assert_eq!(world.end().await, Outcome::Promoted);
}
