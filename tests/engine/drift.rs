//! Somebody else changes the route.

use std::time::Duration;

use serin::engine::{Action, Cause, Effect, Event, HoldReason, Phase};
use serin::spec::{AfterDeadline, NoDataPolicy};

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario};
use super::served::{HEALTHY, NOBODY};
use crate::world::canary::canary;

fn at_25_percent() -> Scenario {
    let mut scenario = Scenario::of_one_rate("maxDuration: 10h");
    scenario.until_weight(25, HEALTHY);
    scenario
}

/// A rollout that finds the canary where the last promotion left it.
fn of_a_promoted_canary(fields: &str) -> Scenario {
    let canary = canary(&format!("{ONE_RATE}\n{fields}"));
    Scenario::with(canary, Object::resting_at(100))
}

fn raises(scenario: &Scenario) -> usize {
    let is_raise = |effect: &&Effect| matches!(effect, Effect::Raise(_));
    scenario.effects.iter().filter(is_raise).count()
}

#[test]
fn a_lowering_is_accepted_and_not_undone_before_somebody_resumes() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| object.weight = 5);
    scenario.effects.clear();
    scenario.looks(100, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Drift])
    );
    assert_eq!(raises(&scenario), 0);
    assert_eq!(scenario.told_of(HoldReason::Drift), 1);
    assert_eq!(scenario.command(Action::Resume), None);
    assert_eq!(scenario.status().step, Some(0));
    scenario.looks(1, HEALTHY);
    assert_eq!(scenario.object.weight, 5, "two looks at the weight, as ever");
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_lowering_that_nobody_resumes_ends_in_an_abort_after_half_an_hour() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| object.weight = 5);
    scenario.look(HEALTHY);
    let since = scenario.now;
    scenario.until_end(HEALTHY);
    assert_eq!(scenario.now.since(since), Duration::from_secs(30 * 60));
    assert!(matches!(scenario.status().ending.unwrap().cause, Cause::Drift(_)));
    assert_eq!(scenario.object.weight, 0);
}

#[test]
fn below_the_first_step_a_resumed_rollout_begins_at_0_anew() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| object.weight = 2);
    scenario.look(HEALTHY);
    scenario.command(Action::Resume);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Preparing, 0)
    );
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_raise_is_put_back_at_once_and_reported() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| object.weight = 90);
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 25);
    assert_eq!(scenario.told_of(HoldReason::Drift), 1);
    scenario.until(Phase::Succeeded, HEALTHY);
}

/// Another process that took this rollout over: its journal refuses this one's before the next look.
#[test]
fn a_raise_by_another_process_of_ours_is_left_alone_for_a_look() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| {
        object.weight = 50;
        object.epoch += 2;
    });
    scenario.effects.clear();
    scenario.look(HEALTHY);
    assert_eq!((scenario.object.weight, scenario.weights()), (50, vec![]));
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 25);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_weight_that_was_put_back_is_looked_at_twice_again() {
    let mut scenario =
        Scenario::of_one_rate("steps: [{weight: 25, hold: 1h}, {weight: 100}]\nmaxDuration: 10h");
    scenario.until_weight(25, HEALTHY);
    scenario.looks(359, HEALTHY);
    scenario.object.edit(|object| object.weight = 90);
    scenario.look(HEALTHY);
    scenario.looks(2, HEALTHY);
    assert_eq!(scenario.object.weight, 25, "the hold was not an hour at 25 %");
}

#[test]
fn whoever_raises_for_the_third_time_needs_a_talk() {
    let mut scenario = at_25_percent();
    scenario.command(Action::Pause);
    for _ in 0..3 {
        scenario.object.edit(|object| object.weight = 90);
        scenario.look(HEALTHY);
        assert_eq!(scenario.object.weight, 25);
    }
    scenario.looks(10, HEALTHY);
    assert_eq!(scenario.holds(), [HoldReason::Paused, HoldReason::Drift]);
    scenario.command(Action::Resume);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_route_that_another_rollout_took_over_is_left_alone_until_somebody_resumes() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| {
        object.rollout = Some("checkout-2".into());
        object.epoch += 5;
        object.weight = 10;
    });
    scenario.effects.clear();
    scenario.looks(20, HEALTHY);
    assert_eq!((scenario.object.weight, scenario.weights()), (10, vec![]));
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "drift: the route was taken over by rollout checkout-2 (epoch 8); resume to go on"
    );
    scenario.command(Action::Resume);
    assert_eq!(scenario.object.rollout.as_deref(), Some("checkout-1"));
    assert_eq!(scenario.object.epoch, 9);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn lost_annotations_are_written_anew_before_anything_else() {
    let mut scenario = at_25_percent();
    let epoch = scenario.object.epoch;
    scenario.wait(Duration::from_secs(10));
    scenario.object.replace(25);
    scenario.effects.clear();
    scenario.tell(Event::Traffic(scenario.object.state()));
    assert_eq!(scenario.weights(), [25]);
    assert_eq!(scenario.object.rollout.as_deref(), Some("checkout-1"));
    assert_eq!(scenario.object.epoch, epoch + 1);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_read_from_before_our_write_is_no_drift() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    let before = scenario.object.state();
    scenario.until_weight(25, HEALTHY);
    scenario.tell(Event::Traffic(before));
    assert_eq!((scenario.status().weight, scenario.holds()), (25, vec![]));
}

#[test]
fn an_old_copy_of_the_object_is_drift_once_no_read_can_be_that_old() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    let before = scenario.object.state();
    scenario.until_weight(25, HEALTHY);
    scenario.wait(Duration::from_secs(6));
    scenario.tell(Event::Traffic(before));
    assert_eq!(scenario.holds(), [HoldReason::Drift]);
}

#[test]
fn a_canary_that_serves_everything_is_left_alone_until_somebody_resumes() {
    let mut scenario = of_a_promoted_canary("");
    scenario.looks(50, HEALTHY);
    assert!(scenario.weights().is_empty());
    assert_eq!(
        (scenario.rollout.phase(), scenario.status().weight),
        (Phase::Preparing, 100)
    );
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "drift: the canary serves everything, most likely since its last promotion; let stable run that version, \
         then `serin resume` lets Serin lower the canary to 0; or set the weights yourself"
    );
    assert_eq!(scenario.told_of(HoldReason::Drift), 1);
    assert_eq!(scenario.command(Action::Resume), None);
    assert_eq!((scenario.weights(), scenario.object.weight), (vec![0], 0));
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_canary_that_serves_everything_is_left_alone_until_somebody_lowers_it() {
    let mut scenario = of_a_promoted_canary("");
    scenario.looks(5, HEALTHY);
    scenario.object.edit(|object| object.weight = 5);
    scenario.look(HEALTHY);
    assert_eq!((scenario.weights()[0], scenario.status().weight), (0, 0));
    assert!(!scenario.holds().contains(&HoldReason::Drift));
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn neither_a_deadline_nor_missing_data_takes_everything_from_the_canary() {
    let mut canary = canary(&format!("{ONE_RATE}\nonInconclusive: abort\nmaxDuration: 60s"));
    canary.analysis.no_data.no_traffic = NoDataPolicy {
        after: Duration::from_secs(60),
        then: AfterDeadline::Abort,
    };
    let mut scenario = Scenario::with(canary, Object::resting_at(100));
    scenario.looks(20, NOBODY);
    assert!(scenario.holds().contains(&HoldReason::NoData));
    assert_eq!(
        (scenario.rollout.phase(), scenario.weights()),
        (Phase::Preparing, vec![])
    );
}

#[test]
fn an_abort_takes_everything_from_the_canary() {
    let mut scenario = of_a_promoted_canary("");
    scenario.look(HEALTHY);
    scenario.command(Action::Abort);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
}
