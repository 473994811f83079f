//! The API server away under whole rollouts, for [`AWAY`].
//!
//! `SERIN_OUTAGE_SECONDS=60` makes it as long as that, and `SERIN_OUTAGE_PHASES=all` (or some names: `raise,promotion`) has it leave at
//! every moment and in every way, one rollout each. What holds for every one of them: weights are sane in every version of the
//! VirtualService, the rollout goes on soon after the return, and ends as if nothing had been.

mod moment;
mod recovery;

use std::time::Duration;

use serin::clock::Stopwatch;
use tokio::time::sleep;

use self::moment::Moment;
use self::recovery::Recovery;
use super::weights::assert_sane;
use super::world::{NEXT, OLD, STEPS, World};
use crate::world::cluster::{Away, Mesh, Shared};

/// Their own: their faults are everybody's. One for each test, since controllers and istiod, whose connections were refused, take their
/// time until they see a namespace that is made after that.
static OF_THE_BAD: Shared = Shared::with_mesh(Mesh::SOON);

/// See [`OF_THE_BAD`].
static OF_THE_HEALTHY: Shared = Shared::with_mesh(Mesh::SOON);

/// Longer than a read, a write, and what comes of both.
const AWAY: Duration = Duration::from_secs(12);

/// From its return to the first sign that it goes on: two looks, and a second of a busy machine.
const GOES_ON_WITHIN: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_bad_canary_is_aborted_as_soon_as_the_api_server_is_back() {
    let usual = [(Moment::Abort, Away::Stopped), (Moment::Abort, Away::Refusing)];
    for (moment, away) in wanted(&usual, &Moment::BAD) {
        outlives(&OF_THE_BAD, moment, away).await;
    }
}

#[tokio::test]
async fn a_healthy_canary_becomes_the_new_stable_in_spite_of_an_api_server_that_was_away() {
    let usual = [(Moment::FirstStep, Away::Refusing)];
    for (moment, away) in wanted(&usual, &Moment::HEALTHY) {
        outlives(&OF_THE_HEALTHY, moment, away).await;
    }
}

/// What is played: of `all` moments, in every way, those that `SERIN_OUTAGE_PHASES` names.
fn wanted(usual: &[(Moment, Away)], all: &[Moment]) -> Vec<(Moment, Away)> {
    let Ok(names) = std::env::var("SERIN_OUTAGE_PHASES") else {
        return usual.to_vec();
    };
    for name in names.split(',').filter(|name| *name != "all") {
        let mut known = Moment::HEALTHY.iter().chain(&Moment::BAD);
        assert!(
            known.any(|moment| moment.name() == name),
            "SERIN_OUTAGE_PHASES: {name}"
        );
    }
    let is_wanted = |moment: &&Moment| names == "all" || names.split(',').any(|name| name == moment.name());
    let moments = all.iter().filter(is_wanted);
    moments
        .flat_map(|moment| Away::ALL.map(|away| (*moment, away)))
        .collect()
}

/// One rollout during which the server is away.
async fn outlives(shared: &'static Shared, moment: Moment, away: Away) {
    let place = format!("{}-{}", moment.name(), away.name());
    let mut world = World::start(shared, &place).await;
    world.begin();
    let daemon = world.serve().await;
    world.release();
    moment.comes(&daemon).await;
    let absence = away.begin(&world.cluster).await;
    let absent = Stopwatch::start();
    moment.act(&world);
    sleep(seconds()).await;
    moment.is_due(&daemon).await;
    let absent = absent.elapsed();
    absence.end(&world.cluster).await;

    let recovery = Recovery::from_now(&world, &daemon);
    let goes_on = recovery.goes_on(moment.is_bad()).await;
    let (rollout, ended) = recovery.ends().await;
    let phase = rollout["phase"].as_str().unwrap();
    println!(
        "API server {} at {}: away for {absent:.1?}, goes on {goes_on:.1?} after its return, {phase} after {ended:.1?}",
        away.name(),
        moment.name()
    );
    let log = world.home.log_text();
    let (outcome, image) = if moment.is_bad() {
        ("aborted", OLD)
    } else {
        ("succeeded", NEXT)
    };
    assert_eq!(phase, outcome, "{rollout:#}\n{log}");
    assert!(goes_on <= GOES_ON_WITHIN, "{goes_on:?}\n{log}");
    world.until_told(&phase.into()).await;
    world
        .cluster
        .until_rolled_out(world.namespace, "checkout-stable")
        .await;
    assert_eq!(world.image("checkout-stable").await, image, "{log}");
    assert_eq!(world.weight().await, 0);
    assert_sane(&world.weights(), &STEPS);
}

fn seconds() -> Duration {
    let seconds = std::env::var("SERIN_OUTAGE_SECONDS").ok();
    seconds.map_or(AWAY, |seconds| Duration::from_secs(seconds.parse().unwrap()))
}
