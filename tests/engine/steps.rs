//! From the start to the last step.

use std::time::Duration;

use serin::engine::{Effect, HoldReason, Leave, Outcome, Phase, Raise};

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario};
use super::served::{HEALTHY, NOBODY, Poll, SLOW};
use crate::world::canary::canary;

/// A success rate and a latency, both with the margins of the demo.
const RATE_AND_LATENCY: &str = "analysis: {warmup: 0s, metrics: [\
    {template: success-rate, margin: {relative: 50%, absolute: 0.5%}}, \
    {template: latency, margin: {relative: 20%}}]}";

fn raises(scenario: &Scenario) -> Vec<(u8, Leave)> {
    let raise = |effect: &Effect| match effect {
        Effect::Raise(Raise { to, leave, .. }) => Some((*to, *leave)),
        _ => None,
    };
    scenario.effects.iter().filter_map(raise).collect()
}

#[test]
fn a_healthy_canary_is_promoted_step_by_step() {
    let mut scenario = Scenario::of(RATE_AND_LATENCY);
    scenario.until(Phase::Succeeded, HEALTHY);
    let by_gate = |weight| (weight, Leave::Gate);
    assert_eq!(
        raises(&scenario),
        [(5, Leave::FirstStep), by_gate(25), by_gate(50), by_gate(100)]
    );
    assert_eq!(scenario.object.weight, 100);
    assert_eq!(scenario.object.aborted, None);
    let ending = scenario.status().ending.unwrap();
    assert_eq!(ending.outcome, Outcome::Promoted);
    assert!(
        ending.cause.to_string().contains("success-rate: errors 0.10 %"),
        "{}",
        ending.cause
    );
}

#[test]
fn a_manifest_that_rests_at_95_to_5_is_brought_to_0_before_anything_else() {
    let mut scenario = Scenario::with(canary(ONE_RATE), Object::resting_at(5));
    assert_eq!(scenario.weights(), [0]);
    assert_eq!((scenario.object.weight, scenario.object.epoch), (0, 1));
    scenario.until_weight(5, HEALTHY);
}

#[test]
fn the_first_step_waits_for_a_baseline_with_traffic() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.looks(20, NOBODY);
    assert_eq!(scenario.weights(), [0]);
    scenario.until_weight(5, HEALTHY);
}

#[test]
fn the_first_step_waits_for_a_ready_canary() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.workload.canary_ready = 0;
    scenario.workload.canary_reason = Some("ImagePullBackOff".into());
    scenario.looks(20, HEALTHY);
    assert_eq!(scenario.weights(), [0]);
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "not-ready: ImagePullBackOff"
    );
    scenario.workload.canary_ready = 10;
    scenario.workload.canary_failing = Some("CrashLoopBackOff".into());
    scenario.looks(20, HEALTHY);
    assert_eq!(
        scenario.weights(),
        [0],
        "pods that are said to be ready and cannot serve"
    );
    scenario.workload.canary_failing = None;
    scenario.until_weight(5, HEALTHY);
}

#[test]
fn a_step_takes_two_looks_at_its_weight() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, Poll::from(HEALTHY));
    let plenty = super::served::Served {
        requests: 1e6,
        ..HEALTHY
    };
    scenario.look(plenty);
    assert_eq!(scenario.object.weight, 5, "proven, and seen once");
    scenario.look(plenty);
    assert_eq!(scenario.object.weight, 25);
}

#[test]
fn a_step_has_its_hold_and_its_requests() {
    let mut scenario =
        Scenario::of_one_rate("steps: [{weight: 50, hold: 95s, minRequests: 20000}, {weight: 100}]");
    scenario.until_weight(50, HEALTHY);
    let raised_at = scenario.now;
    scenario.until_weight(100, HEALTHY);
    // 14 looks of 1,500 canary requests, ten seconds apart.
    assert_eq!(scenario.now.since(raised_at), Duration::from_secs(140));
}

#[test]
fn a_canary_that_is_as_slow_as_its_margin_is_never_raised() {
    let mut scenario = Scenario::of(RATE_AND_LATENCY);
    scenario.until_weight(5, HEALTHY);
    let at_the_margin = super::served::Served {
        slower: serin::engine::PerArm {
            canary: 3.0,
            baseline: 3.0,
        },
        ..SLOW
    };
    scenario.looks(30, at_the_margin);
    assert_ne!(scenario.rollout.phase(), Phase::Aborted, "both arms are slow");
}

#[test]
fn a_margin_too_narrow_for_a_source_without_history_holds_and_says_so_once() {
    let mut scenario = Scenario::of(
        "analysis: {metrics: [{template: success-rate, margin: {relative: 10%, absolute: 0%}}]}",
    );
    scenario.looks(30, HEALTHY);
    assert_eq!(scenario.weights(), [0]);
    assert_eq!(scenario.holds(), [HoldReason::NoHistory]);
    assert_eq!(scenario.told_of(HoldReason::NoHistory), 1);
}
