//! The API server away while evidence against the canary comes in: how soon it is aborted.
//!
//! For [`AWAY`] by default; `SERIN_OUTAGE_SECONDS=60` makes it as long as that.

use std::time::Duration;

use serin::clock::Stopwatch;
use serin::demo::service::Behaviour;
use tokio::time::sleep;

use super::has_ended;
use super::weights::assert_sane;
use super::world::{STEPS, World};
use crate::world::cluster::{Mesh, Shared};
use crate::world::patience::until;
use crate::world::pod::HEALTHY;

/// Their own: their faults are everybody's.
static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

/// Longer than a read, a write, and what comes of both.
const AWAY: Duration = Duration::from_secs(12);

/// From its return to the abort: two looks, and what a daemon that was refused waits before it tries again.
const BACK_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_bad_canary_is_aborted_as_soon_as_an_api_server_that_hung_is_back() {
    aborted_after("hung", World::hang, World::wake).await;
}

#[tokio::test]
async fn a_bad_canary_is_aborted_as_soon_as_an_api_server_that_was_gone_is_back() {
    aborted_after("gone", World::remove, World::bring_back).await;
}

/// A canary that turns bad once it has traffic and the API server is away.
async fn aborted_after(place: &str, leave: impl Fn(&World), come_back: impl AsyncFn(&World)) {
    let mut world = World::start(&SHARED, place).await;
    world.begin();
    let daemon = world.serve().await;
    world.release();
    daemon.until("at 5 %", |rollout| rollout["weight"] == 5).await;
    leave(&world);
    let bad = Behaviour {
        error_rate: 0.5,
        ..HEALTHY
    };
    world.checkout.backends.behave("checkout-canary", bad);
    sleep(away()).await;
    daemon
        .until("about to abort", |rollout| rollout["phase"] == "aborting")
        .await;
    come_back(&world).await;
    let back = Stopwatch::start();
    until("aborted in the object", async || {
        let weights = world.weights();
        weights
            .last()
            .filter(|last| last.is_aborted() && last.canary == 0)
            .map(drop)
    })
    .await;
    let took = back.elapsed();
    println!("API server {place}: aborted {took:.1?} after it was back");
    assert!(took <= BACK_WITHIN, "{took:?}");
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "aborted", "{rollout:#}");
    assert_sane(&world.weights(), &STEPS);
}

fn away() -> Duration {
    let seconds = std::env::var("SERIN_OUTAGE_SECONDS").ok();
    seconds.map_or(AWAY, |seconds| Duration::from_secs(seconds.parse().unwrap()))
}

impl World {
    /// The API server takes connections, and answers nobody.
    fn hang(&self) {
        self.cluster.api_server().stop();
    }

    async fn wake(&self) {
        self.cluster.api_server().cont();
    }

    /// The API server refuses connections.
    fn remove(&self) {
        self.cluster.api_server().kill();
    }

    async fn bring_back(&self) {
        self.cluster.api_server().restart().await;
    }
}
