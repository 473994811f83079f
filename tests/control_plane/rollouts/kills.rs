//! `kill -9` of the daemon at random times, over whole rollouts in a cluster.
//!
//! Two kills in each test by default; `SERIN_TEST_KILLS=100` makes as many as it says, and prints a line about every rollout. What holds
//! for every one of them: a changed template starts one rollout and no second; the outcome is the undisturbed one; weights are sane
//! in every version of the VirtualService; and stable has the new template whole and ready, or the old one.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serin::demo::service::Behaviour;
use tokio::time::sleep;

use super::weights::{assert_sane, ids};
use super::world::{NEXT, OLD, STEPS, World};
use super::{SHARED, has_ended};
use crate::world::pod::HEALTHY;

/// Kills without the variable, in each test.
const KILLS: u64 = 2;

/// Between a start and the kill.
const LIFE_MS: std::ops::Range<u64> = 50..8000;

/// Rollouts with a namespace each, until there were enough kills.
async fn rollouts(place: &str, canary: Behaviour, phase: &str, image: &str) {
    let wanted = std::env::var("SERIN_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let (mut kills, mut seed) = (0, 1);
    while kills < wanted {
        let namespace = format!("{place}-{seed}");
        let here = play(&namespace, canary, [seed, wanted - kills], phase, image).await;
        println!("{namespace}: {phase} after {here} kills");
        kills += here;
        seed += 1;
    }
}

/// One rollout that is killed again and again, so many times at most; gives how often.
async fn play(
    namespace: &str,
    canary: Behaviour,
    [seed, kills_max]: [u64; 2],
    phase: &str,
    image: &str,
) -> u64 {
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = World::start(&SHARED, namespace).await;
    world.checkout.backends.behave("checkout-canary", canary);
    world.begin();
    let mut daemon = world.serve().await;
    world.release();
    let mut kills = 0;
    while kills < kills_max {
        sleep(Duration::from_millis(random.random_range(LIFE_MS))).await;
        if has_ended(&daemon.rollout().await) {
            break;
        }
        daemon.kill().await;
        kills += 1;
        daemon = world.serve().await;
    }
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], phase, "seed {seed}: {rollout:#}");
    let all = daemon
        .get(&format!("/api/v1/rollouts?namespace={namespace}"))
        .await;
    assert_eq!(ids(&all).len(), 1, "seed {seed}: {all:#}");
    world.until_told(&phase.into()).await;
    assert_eq!(world.image("checkout-stable").await, image, "seed {seed}");
    world.cluster.until_rolled_out(namespace, "checkout-stable").await;
    assert_eq!(world.weight().await, 0, "seed {seed}");
    let versions = world.weights();
    assert_sane(&versions, &STEPS);
    let last = versions.last().expect("it was there");
    assert_eq!(
        (last.canary, last.is_aborted()),
        (0, phase == "aborted"),
        "{versions:?}"
    );
    kills
}

#[tokio::test]
async fn a_healthy_canary_becomes_the_new_stable_in_spite_of_kills() {
    rollouts("killed-healthy", HEALTHY, "succeeded", NEXT).await;
}

#[tokio::test]
async fn a_bad_canary_is_aborted_in_spite_of_kills() {
    let errors = Behaviour {
        error_rate: 0.2,
        ..HEALTHY
    };
    rollouts("killed-bad", errors, "aborted", OLD).await;
}
