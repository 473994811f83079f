//! What a rollout remembers does not grow with its age.

use serde_json::Value;
use serin::engine::Phase;

use super::scenario::Scenario;
use super::served::{HEALTHY, Poll};

/// How many values a rollout's state has, however many digits they take.
fn values(scenario: &Scenario) -> usize {
    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(fields) => fields.values().map(count).sum(),
            _ => 1,
        }
    }
    count(&serde_json::to_value(&scenario.rollout).unwrap())
}

/// A paused rollout at 25 % that sees good looks and all kinds of gaps, for ever.
fn after_looks(number: usize) -> Scenario {
    let mut scenario = Scenario::of(
        "maxDuration: 30d\nanalysis: {warmup: 0s, noData: {canarySilent: {then: hold}}, metrics: [\
            {template: success-rate, margin: {relative: 50%, absolute: 0.5%}, threshold: {min: 99%}}, \
            {template: latency, margin: {relative: 20%}}]}",
    );
    scenario.until_weight(25, HEALTHY);
    scenario.command(serin::engine::Action::Pause);
    let gaps = [
        Poll::SourceDown,
        Poll::Stale,
        Poll::Silent(serin::engine::Arm::Canary),
        Poll::Silent(serin::engine::Arm::Baseline),
    ];
    for look in 0..number {
        if look % 10 == 5 {
            scenario.look(gaps[look / 10 % gaps.len()]);
        } else {
            scenario.look(HEALTHY);
        }
    }
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
    scenario
}

#[test]
fn the_state_after_two_thousand_looks_is_as_large_as_after_two_hundred() {
    assert_eq!(values(&after_looks(200)), values(&after_looks(2000)));
}

#[test]
fn a_state_that_was_written_and_read_is_the_same() {
    let scenario = after_looks(50);
    let text = serde_json::to_string(&scenario.rollout).unwrap();
    let read: serin::engine::Rollout = serde_json::from_str(&text).unwrap();
    assert_eq!(read, scenario.rollout);
}
