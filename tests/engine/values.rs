//! Metrics that are a number held against a limit.

use serin::engine::judge::counts::MetricCounts;
use serin::engine::{HoldReason, PerArm, Phase, VerdictKind};

use super::object::Object;
use super::scenario::Scenario;
use super::served::{ERRING, HEALTHY, Served};
use crate::world::canary::canary_in_prometheus;

/// All is well but the canary's number.
const LEAKING: Served = numbers(Some(200.0), Some(100.0));

/// The number is too large on both arms.
const BOTH_LEAK: Served = numbers(Some(200.0), Some(200.0));

/// The query gives nothing of the canary.
const UNREAD: Served = numbers(None, Some(100.0));

const fn numbers(canary: Option<f64>, baseline: Option<f64>) -> Served {
    Served {
        value: PerArm { canary, baseline },
        ..HEALTHY
    }
}

/// A rollout with a rate, and a value with these fields.
fn of_a_value(value: &str) -> Scenario {
    of_a_value_beside(value, "")
}

fn of_a_value_beside(value: &str, fields: &str) -> Scenario {
    let rate = "{template: success-rate, margin: {relative: 50%, absolute: 0.5%}}";
    // The value comes first: what asks for requests must pass it over.
    let canary = canary_in_prometheus(&format!(
        "analysis: {{metrics: [{{template: memory, {value}}}, {rate}]}}\n{fields}"
    ));
    Scenario::with(canary, Object::resting_at(0))
}

fn at_25(value: &str) -> Scenario {
    let mut scenario = of_a_value(value);
    scenario.until_weight(25, HEALTHY);
    scenario
}

fn cause(scenario: &Scenario) -> String {
    scenario.status().ending.unwrap().cause.to_string()
}

#[test]
fn looks_in_a_row_above_its_limit_abort() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    scenario.looks(2, LEAKING);
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
    scenario.look(LEAKING);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
    assert_eq!(
        cause(&scenario),
        "memory: 200 B (baseline 100 B), 3 of 3 looks in a row above 150 B; no false-abort rate covers looks in a row"
    );
    let verdict = scenario.status().verdict.unwrap();
    assert_eq!((verdict.kind, verdict.blame), (VerdictKind::Fail, Some(0)));
}

#[test]
fn looks_in_a_row_below_its_limit_abort() {
    let mut scenario = at_25("threshold: {min: 50, looks: 2}");
    scenario.looks(2, numbers(Some(10.0), Some(100.0)));
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert!(cause(&scenario).contains("2 of 2 looks in a row below 50 B"));
}

#[test]
fn the_limit_itself_is_kept() {
    let mut scenario = at_25("threshold: {max: 150, looks: 1}");
    scenario.looks(5, numbers(Some(150.0), Some(100.0)));
    assert_ne!(scenario.rollout.phase(), Phase::Aborted);
}

#[test]
fn looks_that_are_not_in_a_row_prove_nothing() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    for _ in 0..20 {
        scenario.looks(2, LEAKING);
        scenario.look(HEALTHY);
    }
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    let verdict = scenario.status().verdict.unwrap();
    assert_eq!(verdict.metrics[0].kind, VerdictKind::Inconclusive);
}

#[test]
fn a_look_without_a_number_holds_and_leaves_the_row_as_it_was() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    scenario.looks(2, LEAKING);
    scenario.looks(5, UNREAD);
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "no-data: sourceDown (canary: no series)"
    );
    scenario.look(LEAKING);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
}

#[test]
fn every_gate_asks_for_looks_that_keep_the_limit() {
    let mut scenario = of_a_value("threshold: {max: 150, looks: 30}");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(29, HEALTHY);
    assert_eq!(scenario.object.weight, 5, "looks at 0 % do not count");
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 25);
    scenario.look(LEAKING);
    scenario.looks(29, HEALTHY);
    assert_eq!(scenario.object.weight, 25);
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 50);
}

#[test]
fn nothing_is_asked_of_a_canary_at_0() {
    // What an idle process has is nobody's harm, and what is not there yet has nothing.
    for at_0 in [UNREAD, LEAKING] {
        let mut scenario = of_a_value("threshold: {max: 150, looks: 1}");
        scenario.looks(2, at_0);
        assert_eq!(scenario.object.weight, 5);
    }
}

#[test]
fn nothing_is_asked_of_the_baseline_at_100() {
    let mut scenario = of_a_value_beside("threshold: {max: 150}", "steps: [{weight: 50}, {weight: 100}]");
    scenario.until_weight(100, HEALTHY);
    scenario.until_end(numbers(Some(100.0), None));
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
}

#[test]
fn a_baseline_without_a_number_at_100_excuses_nothing() {
    let mut scenario = of_a_value_beside("threshold: {max: 150}", "steps: [{weight: 50}, {weight: 100}]");
    scenario.until_weight(100, HEALTHY);
    scenario.looks(3, BOTH_LEAK);
    assert_eq!(scenario.holds(), [HoldReason::SharedIncident]);
    scenario.looks(3, numbers(Some(200.0), None));
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
}

#[test]
fn a_limit_that_both_arms_break_is_a_shared_incident() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    scenario.looks(50, BOTH_LEAK);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "shared-incident: memory: the baseline breaks the threshold of 150 B too"
    );
}

#[test]
fn an_incident_that_the_baseline_leaves_first_is_not_held_against_the_canary() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    scenario.looks(10, BOTH_LEAK);
    scenario.looks(2, LEAKING);
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
    scenario.look(LEAKING);
    assert_eq!(
        scenario.rollout.phase(),
        Phase::Aborted,
        "it had its looks, and stayed in it"
    );
}

#[test]
fn a_strict_limit_that_both_arms_break_aborts() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3, strict: true}");
    scenario.looks(3, BOTH_LEAK);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
}

#[test]
fn a_canary_that_keeps_what_the_baseline_breaks_is_promoted() {
    let mut scenario = of_a_value("threshold: {max: 150, looks: 3}");
    scenario.until_end(numbers(Some(100.0), Some(200.0)));
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
}

#[test]
fn a_value_that_only_holds_never_aborts_and_lets_go_when_it_is_kept_again() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}, onFail: hold");
    scenario.looks(20, LEAKING);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "evidence-rising: memory: 200 B (baseline 100 B), 3 of 3 looks in a row above 150 B"
    );
    scenario.until_end(HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
}

#[test]
fn a_value_takes_no_share_of_the_false_abort_rate_and_no_look_from_the_rate() {
    let mut scenario = at_25("threshold: {max: 150, looks: 3}");
    let verdict = scenario.status().verdict.unwrap();
    assert!(
        (verdict.metrics[1].harm.limit - 100.0_f64.ln()).abs() < 1e-12,
        "all of it is the rate's"
    );
    assert_eq!(verdict.metrics[0].p_value, 1.0);
    scenario.until(Phase::Aborted, ERRING);
    assert!(
        cause(&scenario).starts_with("success-rate: errors "),
        "{}",
        cause(&scenario)
    );
}

#[test]
fn counts_of_before_there_were_values_read_as_ever() {
    let counts: MetricCounts = serde_json::from_str(
        r#"{"edges_ms":[],"arms":{
            "canary":{"requests":3.0,"bad":[1.0],"coverage":"answered","pods_changed":false,"dropped":{"gaps":0,"new_bases":0}},
            "baseline":{"requests":4.0,"bad":[0.0],"coverage":"stale","pods_changed":false,"dropped":{"gaps":0,"new_bases":0}}
        }}"#,
    )
    .unwrap();
    assert_eq!((counts.arms.canary.requests, &counts.value), (3.0, &None));
    assert!(!serde_json::to_string(&counts).unwrap().contains("value"));
    let value = MetricCounts::of_value(PerArm {
        canary: Ok(0.1 + 0.2),
        baseline: Err("no series".into()),
    });
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<MetricCounts>(&text).unwrap(), value);
}
