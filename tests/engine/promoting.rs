//! From the last step to the new stable.

use std::time::Duration;

use serin::engine::{Action, Effect, Event, FaultKind, HoldReason, Phase};
use serin::spec::PromotionWorkload;

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario, Writes};
use super::served::{ERRING, HEALTHY};
use crate::world::canary::canary;

/// A rollout whose canary is copied, with these fields beside.
fn copying(fields: &str) -> Scenario {
    let mut canary = canary(&format!("{ONE_RATE}\n{fields}"));
    canary.promotion.workload = PromotionWorkload::Copy;
    Scenario::with(canary, Object::resting_at(0))
}

/// At the moment when the stable workload takes the canary's version, and has not yet.
pub(super) fn while_stable_rolls() -> Scenario {
    let mut scenario = copying("promotion: {bake: 0s}");
    scenario.promotes = false;
    scenario.until(Phase::Promoting, HEALTHY);
    scenario
}

pub(super) fn wants(scenario: &Scenario, effect: &Effect) -> usize {
    scenario.effects.iter().filter(|wanted| *wanted == effect).count()
}

#[test]
fn a_copied_canary_goes_back_to_0_once_stable_has_its_version() {
    let mut scenario = while_stable_rolls();
    scenario.looks(20, HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Promoting, 100)
    );
    scenario.tell(Event::WorkloadPromoted);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Succeeded, 0)
    );
    assert_eq!(wants(&scenario, &Effect::PromoteWorkload), 1);
    assert_eq!(wants(&scenario, &Effect::ScaleDownCanary), 1);
    assert_eq!(scenario.object.aborted, None);
}

#[test]
fn a_canary_that_is_not_copied_gets_the_rest_of_the_traffic_after_a_last_step_below_100() {
    let mut scenario = Scenario::of_one_rate("steps: [{weight: 10}, {weight: 40}]");
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(scenario.weights(), [0, 10, 40, 100]);
    assert_eq!(scenario.object.weight, 100);
}

#[test]
fn replicas_for_100_percent_are_no_matter_where_the_canary_never_gets_them() {
    let mut scenario = copying("steps: [{weight: 20}]");
    scenario.workload.canary_ready = 1;
    scenario.until(Phase::Succeeded, HEALTHY);
    let mut scenario = Scenario::of_one_rate("steps: [{weight: 20}]");
    scenario.workload.canary_ready = 1;
    scenario.looks(200, HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), scenario.holds()),
        (Phase::Baking, vec![HoldReason::Capacity])
    );
}

#[test]
fn a_stable_workload_that_does_not_become_ready_aborts() {
    let mut scenario = while_stable_rolls();
    scenario.tell(Event::WorkloadNotPromoted("2 of 10 are ready".into()));
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
    assert_eq!(
        wants(&scenario, &Effect::RestoreWorkload),
        0,
        "it was put back already"
    );
}

#[test]
fn a_canary_that_is_of_another_revision_by_then_is_aborted_and_not_promoted() {
    let mut scenario = copying("promotion: {bake: 0s}");
    scenario.promotes = false;
    scenario.workload.canary_revision = Some("aaa".into());
    scenario.until(Phase::Promoting, HEALTHY);
    scenario.workload.canary_revision = Some("bbb".into());
    scenario.look(HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
}

#[test]
fn a_canary_that_errs_while_stable_rolls_is_aborted_and_stable_put_back() {
    let mut scenario = while_stable_rolls();
    scenario.until(Phase::Aborted, ERRING);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
    scenario.effects.clear();
    scenario.tell(Event::WorkloadPromoted);
    assert_eq!(scenario.effects, []);
}

#[test]
fn stable_is_put_back_as_long_as_the_traffic_has_not_returned() {
    let mut scenario = while_stable_rolls();
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    scenario.tell(Event::WorkloadPromoted);
    scenario.command(Action::Abort);
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(10));
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
}

#[test]
fn a_route_at_0_is_no_promotion_before_stable_has_the_version() {
    let mut scenario = while_stable_rolls();
    scenario.object.replace(0);
    scenario.wait(Duration::from_secs(10));
    scenario.look(HEALTHY);
    assert_eq!(
        scenario.object.rollout.as_deref(),
        Some("checkout-1"),
        "stamped anew"
    );
    assert_eq!(scenario.rollout.phase(), Phase::Promoting);
}

/// Lowered by the no-data policy while stable took the version.
pub(super) fn lowered_in_the_copy(clears_up: bool) -> Scenario {
    let analysis = ONE_RATE.replace(
        "metrics:",
        "noData: {sourceDown: {after: 20s, then: lower}}, metrics:",
    );
    let mut canary = canary(&format!("{analysis}\npromotion: {{bake: 0s}}"));
    canary.promotion.workload = PromotionWorkload::Copy;
    let mut scenario = Scenario::with(canary, Object::resting_at(0));
    (scenario.promotes, scenario.clears_up) = (false, clears_up);
    scenario.until(Phase::Promoting, HEALTHY);
    scenario.looks(3, super::served::Poll::SourceDown);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Preparing, 0)
    );
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
    scenario
}

#[test]
fn a_lowering_for_want_of_data_gives_the_promotion_up() {
    let mut scenario = lowered_in_the_copy(true);
    scenario.tell(Event::WorkloadPromoted);
    scenario.command(Action::Resume);
    scenario.promotes = true;
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(wants(&scenario, &Effect::PromoteWorkload), 2);
}

/// At the moment when the last raise, from 40 to 100 %, was not made.
fn before_the_last_raise() -> Scenario {
    let mut scenario = Scenario::of_one_rate("steps: [{weight: 40}]\npromotion: {bake: 0s}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.writes = Writes::NotMade(FaultKind::Conflict);
    scenario.until(Phase::Promoting, HEALTHY);
    scenario.writes = Writes::Made;
    scenario
}

#[test]
fn the_last_raise_takes_two_looks_at_the_weight_like_any_other() {
    let mut scenario = before_the_last_raise();
    scenario.object.edit(|object| object.weight = 90);
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 40, "put back, and looked at once");
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 100);
}

#[test]
fn a_pause_holds_the_last_raise() {
    let mut scenario = before_the_last_raise();
    scenario.command(Action::Pause);
    scenario.looks(10, HEALTHY);
    assert_eq!(scenario.object.weight, 40);
    scenario.command(Action::Resume);
    scenario.until(Phase::Succeeded, HEALTHY);
}
