//! `mode: observe` judges, and never writes.

use serin::engine::{Action, Effect, Outcome, Phase};

use super::scenario::Scenario;
use super::served::{ERRING, HEALTHY};

/// Somebody else leads the canary through these weights while Serin watches.
fn led_through(weights: &[u8]) -> Scenario {
    let mut scenario = Scenario::of_one_rate("mode: observe\npromotion: {bake: 1m}");
    for weight in weights {
        scenario.object.edit(|object| object.weight = *weight);
        scenario.looks(8, HEALTHY);
    }
    scenario
}

fn only_reads_and_tells(scenario: &Scenario) -> bool {
    let only = |effect: &Effect| matches!(effect, Effect::Poll | Effect::ReadHistory | Effect::Notify(_));
    scenario.effects.iter().all(only)
}

#[test]
fn a_healthy_canary_would_have_been_promoted() {
    let scenario = led_through(&[0, 5, 25, 50, 100]);
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
    assert!(only_reads_and_tells(&scenario));
    let last = &scenario.notices().last().unwrap().text;
    assert!(
        last.contains("would have been promoted (observing only)"),
        "{last}"
    );
}

#[test]
fn a_bad_canary_would_have_been_aborted_and_keeps_its_weight() {
    let mut scenario = led_through(&[0, 5]);
    scenario.until(Phase::Aborted, ERRING);
    assert_eq!(scenario.object.weight, 5);
    assert!(only_reads_and_tells(&scenario));
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Aborted);
}

#[test]
fn no_step_is_taken_while_the_canary_has_no_traffic() {
    let mut scenario = led_through(&[0]);
    scenario.looks(100, HEALTHY);
    assert_eq!(scenario.status().step, Some(0));
}

#[test]
fn commands_write_nothing() {
    for action in [Action::Promote, Action::Abort, Action::Pause] {
        let mut scenario = led_through(&[0, 5]);
        assert_eq!(scenario.command(action), None);
        scenario.looks(3, HEALTHY);
        assert!(only_reads_and_tells(&scenario), "{action:?}");
        assert_eq!(scenario.object.weight, 5);
    }
}
