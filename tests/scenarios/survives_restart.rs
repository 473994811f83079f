//! A daemon may die at any of its calls to the world: the next one goes on, and the outcome is the same.
//!
//! The matrix is exhaustive: a rollout that is scripted by its world makes a number of calls, and each of them is the
//! last one of a life, in every way. What must hold in every run beside the outcome is the oracle's: nothing raises after
//! an abort that is durable, and the journal leads to the state.

use std::time::Duration;

use serin::clock::SystemClock;
use serin::engine::{Action, Cause, Outcome, Phase};
use serin::spec::{OnInconclusive, PromotionWorkload, Timestamp};

use crate::world::World;
use crate::world::life::Accident;
use crate::world::route::RouteFault;

const EVERY_WAY: [Accident; 4] = [
    Accident::DiesBefore,
    Accident::DiesAfter,
    Accident::AnswerLost,
    Accident::ArrivesLate,
];

/// A pause before the supervisor of a dead process has started the next.
const RESTART_SECONDS: u64 = 3;

/// The calls in which the next life finds out where things stand.
const SECOND_LIFE_CALLS: usize = 16;

/// Runs a world to its outcome through accidents at these calls, one a life.
async fn outcome_of(script: fn() -> World, accidents: &[(usize, Accident)]) -> (World, Outcome) {
    let mut accidents = accidents.iter().copied();
    let mut world = script();
    if let Some((call, accident)) = accidents.next() {
        world = world.accident(call, accident);
    }
    world = world.start();
    loop {
        let is_over = |world: &World| world.life.has_ended() || world.phase().is_final();
        world.until("ended or dead", is_over).await;
        // The last entries, the news, and whatever arrives late.
        world.pass(10).await;
        if !world.life.has_ended() {
            let outcome = world.status().ending.unwrap().outcome;
            return (world, outcome);
        }
        world.pass(RESTART_SECONDS).await;
        if world.restart_with(accidents.next()).await == 0 {
            if let Some(outcome) = world.journalled_outcome() {
                return (world, outcome);
            }
            // It died before the journal knew of it: whoever asked for it asks again.
            world = world.start();
        }
    }
}

/// Holds every accident at every call against the run without one.
async fn is_the_same_whatever_happens(script: fn() -> World) {
    let (undisturbed, outcome) = outcome_of(script, &[]).await;
    let (weight, marked) = (undisturbed.route.weight(), undisturbed.is_aborted());
    let names = undisturbed.life.calls();
    assert!(names.len() > 20, "a script of {} calls is none", names.len());
    for (call, name) in names.iter().enumerate() {
        for accident in EVERY_WAY {
            let (world, came_out) = outcome_of(script, &[(call, accident)]).await;
            assert_eq!(came_out, outcome, "{accident:?} at call {call} ({name})");
            assert_eq!(
                world.route.weight(),
                weight,
                "{accident:?} at call {call} ({name})"
            );
            assert_eq!(world.is_aborted(), marked, "{accident:?} at call {call} ({name})");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_canary_is_promoted_whatever_happens() {
    is_the_same_whatever_happens(World::new).await;
}

#[tokio::test(start_paused = true)]
async fn a_harmful_canary_is_aborted_whatever_happens() {
    is_the_same_whatever_happens(|| World::new().errors(0.05)).await;
}

/// Here an accident may change the outcome: a promotion of the workload whose answer is lost counts as failed, and the
/// rollout is aborted. Never is it both: promoted in the end, the canary's traffic is back on stable without a mark.
#[tokio::test(start_paused = true)]
async fn a_promotion_by_copy_ends_whole_whatever_happens() {
    let script = || World::new().with(|canary| canary.promotion.workload = PromotionWorkload::Copy);
    let (undisturbed, _) = outcome_of(script, &[]).await;
    for (call, name) in undisturbed.life.calls().iter().enumerate() {
        for accident in EVERY_WAY {
            let (world, outcome) = outcome_of(script, &[(call, accident)]).await;
            let is_given_up = *name == "promote the workload" && accident == Accident::AnswerLost;
            let expected = if is_given_up {
                Outcome::Aborted
            } else {
                Outcome::Promoted
            };
            assert_eq!(outcome, expected, "{accident:?} at call {call} ({name})");
            assert_eq!(world.route.weight(), 0, "{accident:?} at call {call} ({name})");
            assert_eq!(
                world.is_aborted(),
                is_given_up,
                "{accident:?} at call {call} ({name})"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_accident_in_the_next_life_changes_nothing_either() {
    // A canary whose first traffic an accident takes away may have shown too little harm to be aborted for, and too much
    // to be given traffic again; then its time runs out.
    let script = || {
        World::new().errors(0.2).with(|canary| {
            canary.max_duration = Duration::from_secs(600);
            canary.on_inconclusive = OnInconclusive::Abort;
        })
    };
    let (undisturbed, _) = outcome_of(script, &[]).await;
    let calls = undisturbed.life.calls().len();
    for first in 0..calls {
        for second in 0..SECOND_LIFE_CALLS {
            let accidents = [(first, Accident::DiesAfter), (second, Accident::DiesBefore)];
            let (world, outcome) = outcome_of(script, &accidents).await;
            assert_ne!(outcome, Outcome::Promoted, "{accidents:?}");
            assert!(world.is_aborted(), "{accidents:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_was_written_and_not_journalled_is_found_by_its_mark() {
    let script = || World::new().errors(0.05);
    let (undisturbed, _) = outcome_of(script, &[]).await;
    let abort = undisturbed
        .life
        .calls()
        .iter()
        .position(|call| *call == "abort")
        .unwrap();

    let (world, outcome) = outcome_of(script, &[(abort, Accident::DiesAfter)]).await;

    assert_eq!(outcome, Outcome::Aborted);
    assert_eq!(world.status().ending.unwrap().cause, Cause::MarkFound);
    assert!(world.people.heard_of_the_end().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_could_not_be_written_goes_on_in_the_next_life() {
    let mut world = World::new().start();
    world.weight(25).await;
    world.route.every_write(Some(RouteFault::Unreachable));
    world.send(Action::Abort);
    world.pass(5).await;

    world.restart().await;
    world.pass(60).await;
    assert_eq!(world.phase(), Phase::Aborting);
    world.route.every_write(None);

    assert_eq!(world.end().await, Outcome::Aborted);
    assert!(world.is_aborted());
}

#[tokio::test(start_paused = true)]
async fn a_promotion_of_the_workload_goes_on_in_the_next_life() {
    let mut world = World::in_the_copy().await;
    world.workloads.let_promotions_end();

    world.restart().await;

    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.route.weight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_in_between_changes_nothing() {
    let mut world = World::new().start();
    world.weight(25).await;
    let an_hour_ago = Timestamp(world.clock.now().0 - 3_600_000);
    world.clock = std::sync::Arc::new(SystemClock::start_at(an_hour_ago));

    world.restart().await;
    let begun = world.clock.now();

    assert_eq!(world.end().await, Outcome::Promoted);
    let took = world.clock.now().since(begun);
    assert!(took < Duration::from_secs(300), "it took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn recovering_twice_runs_nothing_twice() {
    let mut world = World::new().start();
    world.weight(25).await;
    assert_eq!(world.restart().await, 1);
    assert_eq!(world.driver.recover().await, Ok(0));
    assert_eq!(world.end().await, Outcome::Promoted);
}
