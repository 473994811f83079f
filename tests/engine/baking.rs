//! Watching does not stop at the last step.

use std::time::Duration;

use serin::engine::{EvidencePath, HoldReason, Outcome, PerArm, Phase};
use serin::spec::PromotionWorkload;

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario};
use super::served::{ERRING, HEALTHY, SLOW, Served};
use crate::world::canary::canary;

#[test]
fn the_bake_lasts_its_full_time() {
    let mut scenario = Scenario::of_one_rate("promotion: {bake: 3m}");
    scenario.until(Phase::Baking, HEALTHY);
    let baking_since = scenario.now;
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(scenario.now.since(baking_since), Duration::from_secs(180));
}

#[test]
fn at_100_percent_a_bad_canary_is_aborted_by_the_margin_around_the_frozen_baseline() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until(Phase::Baking, HEALTHY);
    assert_eq!(scenario.object.weight, 100);
    scenario.until(Phase::Aborted, ERRING);
    assert_eq!(scenario.object.weight, 0);
    let status = scenario.status();
    assert!(status.verdict.unwrap().no_concurrent_baseline);
    let reason = status.ending.unwrap().cause.to_string();
    assert!(reason.contains("no concurrent baseline"), "{reason}");
}

#[test]
fn at_100_percent_a_slow_canary_is_aborted_by_the_margin_around_the_frozen_baseline() {
    let mut scenario =
        Scenario::of("analysis: {warmup: 0s, metrics: [{template: latency, margin: {relative: 20%}}]}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.until(Phase::Aborted, SLOW);
}

#[test]
fn at_100_percent_a_metric_that_only_holds_is_held_by_its_frozen_margin() {
    let mut scenario = Scenario::of(
        "analysis: {metrics: [{template: success-rate, margin: {relative: 50%, absolute: 0.5%}, onFail: hold}]}",
    );
    scenario.until(Phase::Baking, HEALTHY);
    scenario.looks(100, ERRING);
    assert_eq!(scenario.rollout.phase(), Phase::Baking);
    assert_eq!(scenario.holds(), [HoldReason::EvidenceRising]);
}

#[test]
fn at_100_percent_a_silent_baseline_is_no_news() {
    let mut scenario = Scenario::of_one_rate("promotion: {bake: 3m}");
    scenario.until(Phase::Baking, HEALTHY);
    let effects = scenario.look(super::served::Poll::Silent(serin::engine::Arm::Baseline));
    assert_eq!(effects, []);
    assert_eq!(scenario.status().verdict.unwrap().no_data, None);
}

#[test]
fn below_100_percent_the_comparison_goes_on_in_the_bake() {
    let fields = format!("{ONE_RATE}\nsteps: [{{weight: 20}}]\npromotion: {{bake: 10m}}");
    let mut canary = canary(&fields);
    canary.promotion.workload = PromotionWorkload::Copy;
    let mut scenario = Scenario::with(canary, Object::resting_at(0));
    scenario.until(Phase::Baking, HEALTHY);
    assert_eq!(scenario.object.weight, 20);
    let both_err = Served {
        errors: PerArm {
            canary: 0.05,
            baseline: 0.05,
        },
        ..HEALTHY
    };
    scenario.looks(5, both_err);
    assert_eq!(
        scenario.rollout.phase(),
        Phase::Baking,
        "an incident of both arms"
    );
    scenario.until(Phase::Aborted, ERRING);
    let verdict = scenario.status().verdict.unwrap();
    assert!(!verdict.no_concurrent_baseline);
    assert_eq!(verdict.metrics[0].path, Some(EvidencePath::HedgedWithoutHistory));
}

#[test]
fn a_bake_that_began_in_time_is_finished_after_the_deadline() {
    let mut scenario =
        Scenario::of_one_rate("maxDuration: 3m\nonInconclusive: abort\npromotion: {bake: 10m}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.until_end(HEALTHY);
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Promoted);
}
