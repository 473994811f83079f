//! Another process goes on where the first one stopped.

use serin::engine::{Action, Cause, Effect, Event, MetricPast, Phase, Rollout, Status};

use super::scenario::{Scenario, Writes};
use super::served::HEALTHY;

/// What the journal gives back.
fn stored(rollout: &Rollout) -> Rollout {
    serde_json::from_str(&serde_json::to_string(rollout).unwrap()).unwrap()
}

fn restarted(scenario: &mut Scenario) -> Vec<Effect> {
    scenario.rollout = stored(&scenario.rollout);
    scenario.tell(Event::Restarted)
}

#[test]
fn a_restart_after_any_look_changes_nothing_of_the_weights() {
    let mut undisturbed = Scenario::of_one_rate("");
    undisturbed.until(Phase::Succeeded, HEALTHY);
    let mut disturbed = Scenario::of_one_rate("");
    while disturbed.rollout.phase() != Phase::Succeeded {
        disturbed.look(HEALTHY);
        if disturbed.rollout.phase() != Phase::Succeeded {
            restarted(&mut disturbed);
        }
    }
    assert_eq!(disturbed.weights(), undisturbed.weights());
    assert_eq!(disturbed.now, undisturbed.now);
}

#[test]
fn a_poll_under_way_is_asked_for_again() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.wait(std::time::Duration::from_secs(10));
    scenario.wait(std::time::Duration::from_secs(10));
    restarted(&mut scenario);
    scenario.effects.clear();
    scenario.wait(std::time::Duration::from_secs(10));
    assert_eq!(
        scenario
            .effects
            .iter()
            .filter(|effect| **effect == Effect::Poll)
            .count(),
        1
    );
}

#[test]
fn a_raise_under_way_is_fenced() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.writes = Writes::Hanging;
    while !scenario
        .look(HEALTHY)
        .iter()
        .any(|effect| matches!(effect, Effect::Raise(_)))
    {}
    scenario.writes = Writes::Made;
    scenario.effects.clear();
    restarted(&mut scenario);
    assert_eq!(scenario.weights(), [5]);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn an_abort_under_way_is_finished() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.writes = Writes::Hanging;
    scenario.command(Action::Abort);
    scenario.writes = Writes::Made;
    restarted(&mut scenario);
    scenario.wait(std::time::Duration::from_secs(1));
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
}

#[test]
fn an_abort_that_was_written_and_not_journalled_is_found_by_its_mark() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    let journalled = scenario.rollout.clone();
    scenario.command(Action::Abort);
    scenario.rollout = journalled;
    scenario.tell(Event::Restarted);
    scenario.effects.clear();
    scenario.look(HEALTHY);
    let status = scenario.status();
    assert_eq!(
        (status.phase, status.ending.unwrap().cause),
        (Phase::Aborted, Cause::MarkFound)
    );
    assert!(
        !scenario
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Raise(_)))
    );
}

#[test]
fn a_promotion_under_way_is_asked_for_again() {
    let mut canary = crate::world::canary::canary(super::scenario::ONE_RATE);
    canary.promotion.workload = serin::spec::PromotionWorkload::Copy;
    let mut scenario = Scenario::with(canary, super::object::Object::resting_at(0));
    scenario.promotes = false;
    scenario.until(Phase::Promoting, HEALTHY);
    scenario.promotes = true;
    restarted(&mut scenario);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Succeeded, 0)
    );
}

#[test]
fn evidence_begins_once() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.look(HEALTHY);
    let before = scenario.status();
    scenario.tell(Event::History(vec![MetricPast::Unknown("none".into())]));
    scenario.looks(1, super::served::Poll::SourceDown);
    let health = |status: Status| status.verdict.unwrap().metrics[0].health;
    assert_eq!(health(scenario.status()), health(before));
}
