//! Writes that fail, and writes of which nobody knows.

use std::time::Duration;

use serin::engine::{Effect, Event, FaultKind, HoldReason, Lower, Phase, Raise};

use super::object::{fault, wish};
use super::scenario::{Scenario, Writes};
use super::served::{HEALTHY, Poll};

fn at_5_percent() -> Scenario {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario
}

/// Looks until a raise is wanted, which the world treats as `writes` says.
fn raise(scenario: &mut Scenario, writes: Writes) -> Raise {
    scenario.writes = writes;
    loop {
        let effects = scenario.look(HEALTHY);
        let raise = effects.into_iter().find_map(|effect| match effect {
            Effect::Raise(raise) => Some(raise),
            _ => None,
        });
        if let Some(raise) = raise {
            return raise;
        }
    }
}

#[test]
fn a_raise_that_was_not_made_is_decided_anew_at_the_next_look() {
    for kind in [
        FaultKind::Conflict,
        FaultKind::Unreachable,
        FaultKind::Refused,
        FaultKind::NotJournalled,
    ] {
        let mut scenario = at_5_percent();
        raise(&mut scenario, Writes::NotMade(kind));
        scenario.writes = Writes::Made;
        scenario.effects.clear();
        scenario.wait(Duration::from_secs(9));
        assert!(scenario.weights().is_empty(), "{kind:?}");
        scenario.look(HEALTHY);
        assert_eq!(scenario.object.weight, 25);
    }
}

#[test]
fn a_raise_of_which_nobody_knows_is_fenced_with_an_epoch_above_its_own() {
    let mut scenario = at_5_percent();
    let seen = scenario.object.state();
    let asked = raise(&mut scenario, Writes::NotMade(FaultKind::Unknown));
    let late = wish(&Effect::Raise(asked.clone()), &seen, "checkout-1")
        .unwrap()
        .unwrap();
    scenario.effects.clear();
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(1));
    assert_eq!(scenario.weights(), [5]);
    assert!(
        scenario.object.epoch > late.epoch,
        "{} and {}",
        scenario.object.epoch,
        late.epoch
    );
    assert!(
        scenario.object.write(&seen, &late).is_err(),
        "the late raise is refused"
    );
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_raise_whose_answer_was_lost_is_taken_back() {
    let mut scenario = at_5_percent();
    raise(&mut scenario, Writes::AnswerLost);
    assert_eq!(
        scenario.object.weight, 5,
        "made, and lowered again by a write whose answer was lost too"
    );
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(1));
    assert_eq!(scenario.status().step, Some(0));
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_fence_that_finds_less_than_it_asked_for_is_drift_and_nothing_is_raised() {
    let mut scenario = at_5_percent();
    raise(&mut scenario, Writes::NotMade(FaultKind::Unknown));
    scenario.object.edit(|object| object.weight = 0);
    scenario.writes = Writes::Made;
    scenario.looks(50, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (0, vec![HoldReason::Drift])
    );
}

#[test]
fn an_answer_that_is_not_the_raise_is_fenced() {
    let mut scenario = at_5_percent();
    raise(&mut scenario, Writes::Hanging);
    scenario.writes = Writes::Made;
    scenario.effects.clear();
    scenario.tell(Event::Wrote(scenario.object.state()));
    assert_eq!(scenario.weights(), [5]);
    assert_eq!(scenario.status().step, Some(0));
}

#[test]
fn nothing_else_is_raised_while_a_raise_is_under_way() {
    let mut scenario = at_5_percent();
    raise(&mut scenario, Writes::Hanging);
    scenario.effects.clear();
    scenario.looks(5, HEALTHY);
    assert!(scenario.weights().is_empty());
}

#[test]
fn nothing_is_raised_from_a_weight_that_a_newer_read_contradicts() {
    let mut scenario = at_5_percent();
    raise(&mut scenario, Writes::Hanging);
    scenario.object.edit(|object| object.weight = 60);
    // Read while the raise is under way, and so not acted upon yet.
    scenario.tell(Event::Traffic(scenario.object.state()));
    scenario.tell(Event::NotWritten(fault(FaultKind::Conflict)));
    scenario.effects.clear();
    let counts = Poll::from(HEALTHY).counts(scenario.rollout.canary(), 60, scenario.now);
    scenario.tell(Event::Look(counts));
    assert!(scenario.weights().is_empty());
    scenario.writes = Writes::Made;
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 5, "put back");
}

#[test]
fn the_first_lowering_is_asked_for_until_it_is_made_and_nobody_is_woken_for_nothing() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    scenario.object.edit(|object| object.weight = 40);
    scenario.look(HEALTHY);
    scenario.effects.clear();
    // `wait` asserts that every wake-up lies in the future.
    scenario.wait(Duration::from_secs(120));
    let is_lowering = |effect: &&Effect| matches!(effect, Effect::Lower(Lower { to: 0, .. }));
    let tries = scenario.effects.iter().filter(is_lowering).count();
    assert!((60..70).contains(&tries), "{tries}");
}

#[test]
fn a_lowering_that_is_under_way_again_wakes_nobody() {
    let mut scenario = at_5_percent();
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    scenario.object.edit(|object| object.weight = 40);
    scenario.look(HEALTHY);
    scenario.writes = Writes::Hanging;
    scenario.wait(Duration::from_secs(1));
    let next = scenario.rollout.next_wakeup().unwrap();
    assert!(next > scenario.now, "{next} is not after {}", scenario.now);
}
