//! Missing data is not an outcome.

use std::time::Duration;

use serin::engine::{Action, Arm, Cause, HoldReason, NoDataState, Phase, VerdictKind};

use super::scenario::{ONE_RATE, Scenario};
use super::served::{HEALTHY, NOBODY, Poll, Served};

/// The metric source's whole repertoire, at a weight between 0 and 100.
const STATES: [(NoDataState, Poll); 5] = [
    (NoDataState::SourceDown, Poll::SourceDown),
    (NoDataState::Stale, Poll::Stale),
    (NoDataState::NoTraffic, Poll::Served(NOBODY)),
    (NoDataState::CanarySilent, Poll::Silent(Arm::Canary)),
    (NoDataState::BaselineSilent, Poll::Silent(Arm::Baseline)),
];

/// The canary answers and is never called, though the baseline is busy.
const UNCALLED: Served = Served {
    share: Some(0.0),
    ..HEALTHY
};

/// At 25 %, with this policy for every state: `after: 60s`.
fn at_25_percent(then: &str) -> Scenario {
    let policies: Vec<_> = STATES
        .iter()
        .map(|(state, _)| format!("{}: {{after: 60s, then: {then}}}", state.name()))
        .collect();
    let analysis = ONE_RATE.replace(
        "metrics:",
        &format!("noData: {{{}}}, metrics:", policies.join(", ")),
    );
    let mut scenario = Scenario::of(&analysis);
    scenario.until_weight(25, HEALTHY);
    scenario
}

#[test]
fn without_data_a_rollout_holds_and_goes_on_after() {
    for (state, poll) in STATES {
        let mut scenario = at_25_percent("hold");
        scenario.looks(4, poll);
        let verdict = scenario.status().verdict.unwrap();
        assert_eq!(
            (verdict.kind, verdict.no_data.as_ref().unwrap().state),
            (VerdictKind::NoData, state)
        );
        assert_eq!(scenario.holds()[0], HoldReason::NoData, "{state:?}");
        assert_eq!(scenario.object.weight, 25);
        scenario.until(Phase::Succeeded, HEALTHY);
    }
}

#[test]
fn then_hold_holds_for_ever_and_pages_once_the_time_is_up() {
    for (state, poll) in STATES {
        let mut scenario = at_25_percent("hold");
        scenario.looks(6, poll);
        assert_eq!(scenario.told_of(HoldReason::NoData), 0, "{state:?} for 50 s");
        scenario.looks(100, poll);
        assert_eq!(scenario.told_of(HoldReason::NoData), 1);
        assert_eq!(
            (scenario.rollout.phase(), scenario.object.weight),
            (Phase::Analysing, 25)
        );
    }
}

#[test]
fn then_lower_goes_to_0_and_waits_for_somebody() {
    for (state, poll) in STATES {
        let mut scenario = at_25_percent("lower");
        scenario.looks(6, poll);
        assert_eq!(scenario.object.weight, 25, "{state:?} for 50 s");
        scenario.look(poll);
        assert_eq!(
            (scenario.rollout.phase(), scenario.object.weight),
            (Phase::Preparing, 0)
        );
        assert_eq!(scenario.told_of(HoldReason::NoData), 1, "somebody has to know");
        scenario.looks(30, HEALTHY);
        assert_eq!(
            (scenario.object.weight, scenario.holds()),
            (0, vec![HoldReason::NoData])
        );
        assert_eq!(scenario.command(Action::Resume), None);
        scenario.until(Phase::Succeeded, HEALTHY);
    }
}

#[test]
fn then_abort_aborts_and_names_the_state() {
    for (state, poll) in STATES {
        let mut scenario = at_25_percent("abort");
        scenario.looks(6, poll);
        assert_eq!(scenario.object.weight, 25, "{state:?} for 50 s");
        scenario.look(poll);
        assert_eq!(
            (scenario.rollout.phase(), scenario.object.weight),
            (Phase::Aborted, 0)
        );
        let Cause::NoData(no_data) = scenario.status().ending.unwrap().cause else {
            panic!("{:?}", scenario.status().ending)
        };
        assert_eq!(no_data.state, state);
    }
}

#[test]
fn by_default_only_a_silent_canary_aborts() {
    for (state, poll) in STATES {
        let mut scenario = Scenario::of_one_rate("maxDuration: 10h");
        scenario.until_weight(25, HEALTHY);
        scenario.looks(13, poll);
        let aborted = scenario.rollout.phase() == Phase::Aborted;
        assert_eq!(
            aborted,
            state == NoDataState::CanarySilent,
            "{state:?} for two minutes"
        );
        if !aborted {
            scenario.looks(500, poll);
            assert_eq!(
                (scenario.rollout.phase(), scenario.object.weight),
                (Phase::Analysing, 25)
            );
        }
    }
}

#[test]
fn a_canary_that_is_never_called_beside_a_busy_baseline_is_silent() {
    let mut scenario = at_25_percent("abort");
    scenario.looks(2, UNCALLED);
    let verdict = scenario.status().verdict.unwrap();
    assert_eq!(verdict.no_data.as_ref().unwrap().state, NoDataState::CanarySilent);
}

#[test]
fn the_look_after_a_raise_expects_no_requests_of_the_canary_yet() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.look(UNCALLED);
    assert_eq!(scenario.status().verdict.unwrap().no_data, None);
    scenario.looks(2, UNCALLED);
    let no_data = scenario.status().verdict.unwrap().no_data.clone().unwrap();
    assert_eq!(no_data.state, NoDataState::CanarySilent);
}

#[test]
fn looks_without_data_are_not_among_the_two_of_a_step() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    let plenty = Served {
        requests: 1e6,
        ..HEALTHY
    };
    scenario.look(plenty);
    scenario.looks(5, Poll::SourceDown);
    scenario.looks(2, UNCALLED);
    assert_eq!(scenario.object.weight, 5);
    scenario.look(plenty);
    assert_eq!(scenario.object.weight, 25);
}

#[test]
fn no_raise_comes_of_a_look_at_which_the_canary_had_no_request() {
    let mut scenario = Scenario::of_one_rate("steps: [{weight: 5, hold: 10m}, {weight: 100}]");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(59, HEALTHY);
    let quiet = Served {
        requests: 100.0,
        ..UNCALLED
    };
    scenario.looks(2, quiet);
    assert_eq!(scenario.status().verdict.unwrap().no_data, None, "ten were due");
    assert_eq!(scenario.object.weight, 5);
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 100);
}

#[test]
fn time_in_which_nobody_looked_is_not_silence() {
    let mut scenario = at_25_percent("abort");
    scenario.looks(2, Poll::Silent(Arm::Canary));
    scenario.now = scenario.now + Duration::from_secs(7200);
    scenario.tell(serin::engine::Event::Restarted);
    scenario.look(Poll::Silent(Arm::Canary));
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
}
