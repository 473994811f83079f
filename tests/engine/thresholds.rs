//! Absolute limits, and metrics that only hold.

use serin::engine::{HoldReason, PerArm, Phase, VerdictKind};

use super::scenario::Scenario;
use super::served::{ERRING, HEALTHY, Served};

/// Both arms fail one request in twenty: an incident that the canary did not cause.
const BOTH_ERR: Served = Served {
    errors: PerArm {
        canary: 0.05,
        baseline: 0.05,
    },
    ..HEALTHY
};

fn with_threshold(threshold: &str) -> Scenario {
    let mut scenario = Scenario::of(&format!(
        "analysis: {{metrics: [{{template: success-rate, margin: {{relative: 50%, absolute: 0.5%}}, threshold: {{{threshold}}}}}]}}"
    ));
    scenario.until_weight(25, HEALTHY);
    scenario
}

#[test]
fn a_threshold_that_both_arms_break_holds_as_a_shared_incident() {
    let mut scenario = with_threshold("min: 99%");
    scenario.looks(100, BOTH_ERR);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    assert_eq!(scenario.holds(), [HoldReason::SharedIncident]);
}

#[test]
fn a_strict_threshold_that_both_arms_break_aborts() {
    let mut scenario = with_threshold("min: 99%, strict: true");
    scenario.until(Phase::Aborted, BOTH_ERR);
    let reason = scenario.status().ending.unwrap().cause.to_string();
    assert!(reason.contains("the threshold is 1.00 %"), "{reason}");
}

#[test]
fn a_threshold_that_the_canary_alone_breaks_aborts() {
    let mut scenario = with_threshold("min: 99%");
    scenario.until(Phase::Aborted, ERRING);
}

#[test]
fn a_metric_that_only_holds_never_aborts_and_takes_no_share_of_the_false_abort_rate() {
    let mut scenario = Scenario::of(
        "analysis: {metrics: [\
            {template: success-rate, margin: {relative: 50%, absolute: 0.5%}, onFail: hold}, \
            {template: latency, margin: {relative: 20%}}]}",
    );
    scenario.until_weight(25, HEALTHY);
    scenario.looks(100, ERRING);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    let status = scenario.status();
    assert_eq!(
        status.holds[0].to_string(),
        "evidence-rising: most of it from success-rate"
    );
    let verdict = status.verdict.unwrap();
    assert_eq!(verdict.metrics[0].kind, VerdictKind::Fail);
    // All of the rate is the latency's: its limit is that of the whole rollout.
    assert!((verdict.metrics[1].harm.limit - 100.0_f64.ln()).abs() < 1e-12);
    assert!((verdict.harm.limit - 100.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn a_metric_that_only_holds_holds_by_its_threshold_too() {
    let mut scenario = Scenario::of(
        "analysis: {metrics: [{template: success-rate, margin: {relative: 1000%, absolute: 90%}, threshold: {min: 99%}, onFail: hold}]}",
    );
    scenario.until_weight(25, HEALTHY);
    scenario.looks(100, ERRING);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    assert_eq!(scenario.holds(), [HoldReason::EvidenceRising]);
}
