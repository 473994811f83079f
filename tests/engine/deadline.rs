//! `maxDuration` passed without proof.

use std::time::Duration;

use serin::engine::{Arm, Cause, Effect, FaultKind, HoldReason, Leave, Outcome, Phase, Raise, VerdictKind};

use super::scenario::{Scenario, Writes};
use super::served::{ERRING, HEALTHY, Poll, Served};

/// So few requests that nothing is ever proven.
const HARDLY_ANY: Served = Served {
    requests: 40.0,
    ..HEALTHY
};

fn overdue(on_inconclusive: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(&format!("maxDuration: 5m\nonInconclusive: {on_inconclusive}"));
    scenario.until_weight(5, HARDLY_ANY);
    scenario.looks(30, HARDLY_ANY);
    scenario
}

fn outcome(scenario: &Scenario) -> Option<Outcome> {
    scenario.status().ending.map(|ending| ending.outcome)
}

#[test]
fn hold_stays_and_tells_people_once() {
    let scenario = overdue("hold");
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 5)
    );
    assert_eq!(scenario.holds(), [HoldReason::Deadline]);
    assert_eq!(scenario.told_of(HoldReason::Deadline), 1);
}

#[test]
fn hold_keeps_judging_and_aborting() {
    let mut scenario = overdue("hold");
    scenario.until(Phase::Aborted, ERRING);
}

#[test]
fn hold_is_not_ended_by_a_later_proof() {
    let mut scenario = overdue("hold");
    scenario.looks(30, HEALTHY);
    assert_eq!(scenario.status().verdict.unwrap().kind, VerdictKind::Pass);
    assert_eq!(scenario.object.weight, 5);
}

#[test]
fn abort_goes_back_to_0_with_the_outcome_inconclusive_and_says_what_was_missing() {
    let scenario = overdue("abort");
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Inconclusive, 0)
    );
    assert_eq!(outcome(&scenario), Some(Outcome::Inconclusive));
    let Cause::Deadline(missing) = scenario.status().ending.unwrap().cause else {
        panic!("{:?}", scenario.status().ending)
    };
    assert!(
        missing.contains("more canary requests would prove health"),
        "{missing}"
    );
}

#[test]
fn advance_goes_on_without_proof_and_every_raise_says_so() {
    let mut scenario = overdue("advance");
    scenario.until(Phase::Succeeded, HARDLY_ANY);
    let leave = |effect: &Effect| match effect {
        Effect::Raise(Raise { leave, .. }) => Some(*leave),
        _ => None,
    };
    let leaves: Vec<_> = scenario.effects.iter().filter_map(leave).collect();
    assert_eq!(
        leaves,
        [Leave::FirstStep, Leave::Advance, Leave::Advance, Leave::Advance]
    );
    let reason = scenario.status().ending.unwrap().cause.to_string();
    assert!(reason.contains("without proof"), "{reason}");
}

#[test]
fn advance_waives_the_requests_of_a_step_and_does_not_call_that_a_gate() {
    let steps = "steps: [{weight: 50, minRequests: 1000000}, {weight: 100}]";
    let mut scenario = Scenario::of_one_rate(&format!("{steps}\nmaxDuration: 3m\nonInconclusive: advance"));
    scenario.until_weight(100, HEALTHY);
    let by_advance = |effect: &Effect| {
        matches!(
            effect,
            Effect::Raise(Raise {
                to: 100,
                leave: Leave::Advance,
                ..
            })
        )
    };
    assert!(scenario.effects.iter().any(by_advance));
    assert_eq!(
        scenario.now.since(scenario.status().started_at),
        Duration::from_secs(180)
    );
}

#[test]
fn advance_bakes_its_full_time() {
    let mut scenario =
        Scenario::of_one_rate("maxDuration: 1m\nonInconclusive: advance\npromotion: {bake: 4m}");
    scenario.until(Phase::Baking, HARDLY_ANY);
    let since = scenario.now;
    scenario.until_end(HARDLY_ANY);
    assert_eq!(scenario.now.since(since), Duration::from_secs(240));
}

#[test]
fn advance_does_not_go_on_without_data() {
    let mut scenario = overdue("advance");
    let weight = scenario.object.weight;
    scenario.looks(30, Poll::SourceDown);
    assert_eq!(scenario.object.weight, weight);
}

#[test]
fn advance_finishes_a_promotion_whose_last_raise_failed() {
    let fields = "steps: [{weight: 50}]\nmaxDuration: 1m\nonInconclusive: advance\npromotion: {bake: 0s}";
    let mut scenario = Scenario::of_one_rate(fields);
    scenario.until(Phase::Baking, HARDLY_ANY);
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    scenario.until(Phase::Promoting, HARDLY_ANY);
    scenario.looks(5, HARDLY_ANY);
    scenario.writes = Writes::Made;
    scenario.until(Phase::Succeeded, HARDLY_ANY);
    assert_eq!(scenario.object.weight, 100);
}

#[test]
fn a_promotion_that_waits_for_its_last_raise_has_a_deadline_too() {
    for (on_inconclusive, phase) in [("hold", Phase::Promoting), ("abort", Phase::Inconclusive)] {
        let fields = format!(
            "steps: [{{weight: 50}}]\nmaxDuration: 10m\nonInconclusive: {on_inconclusive}\npromotion: {{bake: 0s}}"
        );
        let mut scenario = Scenario::of_one_rate(&fields);
        scenario.until(Phase::Baking, HEALTHY);
        scenario.writes = Writes::NotMade(FaultKind::Unreachable);
        scenario.until(Phase::Promoting, HEALTHY);
        scenario.writes = Writes::Made;
        scenario.workload.canary_ready = 0;
        scenario.looks(60, HEALTHY);
        assert_eq!(scenario.rollout.phase(), phase);
        if on_inconclusive == "hold" {
            assert!(scenario.holds().contains(&HoldReason::Deadline));
            scenario.workload.canary_ready = 10;
            scenario.look(HEALTHY);
            assert_eq!(
                scenario.command(serin::engine::Action::Promote),
                None,
                "a person may finish it"
            );
            assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
        }
    }
}

#[test]
fn the_deadline_comes_while_the_canary_is_not_ready() {
    let mut scenario = Scenario::of_one_rate("maxDuration: 5m\nonInconclusive: abort");
    scenario.workload.canary_ready = 0;
    scenario.until_end(HEALTHY);
    assert_eq!(outcome(&scenario), Some(Outcome::Inconclusive));
    assert_eq!(
        scenario.now.since(scenario.status().started_at),
        Duration::from_secs(300)
    );
}

#[test]
fn the_deadline_comes_while_the_source_is_down() {
    let mut scenario = Scenario::of_one_rate("maxDuration: 5m\nonInconclusive: abort");
    scenario.until_weight(5, HEALTHY);
    scenario.until_end(Poll::SourceDown);
    assert_eq!(
        scenario.now.since(scenario.status().started_at),
        Duration::from_secs(300)
    );
}

#[test]
fn the_deadline_comes_while_a_lowering_cannot_be_written() {
    let mut scenario = Scenario::of_one_rate("maxDuration: 5m");
    scenario.until_weight(5, HEALTHY);
    scenario.writes = Writes::NotMade(FaultKind::Refused);
    scenario.object.edit(|object| object.weight = 60);
    scenario.looks(40, HEALTHY);
    assert!(
        scenario.holds().contains(&HoldReason::Deadline),
        "{:?}",
        scenario.holds()
    );
}

#[test]
fn the_deadline_comes_in_the_bake_once_it_is_over_and_nothing_is_proven() {
    let mut scenario = Scenario::of_one_rate("maxDuration: 5m\nonInconclusive: abort\npromotion: {bake: 2m}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.until_end(Poll::Silent(Arm::Canary));
    // The default for a silent canary is two minutes as well, and it is the graver reason.
    assert_eq!(outcome(&scenario), Some(Outcome::Aborted));

    let mut scenario = Scenario::of_one_rate("maxDuration: 5m\nonInconclusive: abort\npromotion: {bake: 2m}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.until_end(Poll::SourceDown);
    assert_eq!(outcome(&scenario), Some(Outcome::Inconclusive));
}
