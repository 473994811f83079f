//! The wording of every verdict, hold and outcome, as people on call read it. The snapshots beside this file are the list of it.

use std::fmt::Write;
use std::time::Duration;

use insta::assert_snapshot;
use serin::engine::{
    Action, Arm, Change, Effect, Event, FaultKind, HoldReason, HookOutcome, NoDataState, Outcome, PerArm,
    Phase, Rollout, Table, words,
};
use serin::spec::Timestamp;

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario, Writes};
use super::served::{ERRING, HEALTHY, NOBODY, Poll, SLOW, Served};
use crate::world::canary::{canary, canary_in_prometheus};

/// So few requests that nothing is ever proven.
const HARDLY_ANY: Served = Served {
    requests: 40.0,
    ..HEALTHY
};

/// A little more than the margin allows.
const SOMEWHAT: Served = Served {
    errors: PerArm {
        canary: 0.012,
        baseline: 0.001,
    },
    ..HEALTHY
};

/// Evidence of harm rises within so many looks, or not at all.
const LOOKS_MAX: usize = 100;

/// Where a rollout stands: its sentence and its table.
fn explained(title: &str, scenario: &Scenario) -> String {
    let status = scenario.status();
    let mut text = format!("## {title}\n{}\n", words::why(&status));
    if let Some(verdict) = status.verdict.filter(|verdict| !verdict.metrics.is_empty()) {
        let _ = writeln!(text, "{}", Table::of(&verdict));
    }
    text
}

/// The newest news of a rollout, with all that goes with it.
fn told(title: &str, scenario: &Scenario) -> String {
    let notice = (*scenario.notices().last().unwrap()).clone();
    let briefing = notice.briefing.unwrap();
    format!(
        "## {title}\n{}\ntraffic: {}\nexposure: {}\n{}\n$ {}\n",
        notice.text,
        briefing.traffic,
        briefing.exposure,
        briefing.table,
        briefing.commands.join("\n$ "),
    )
}

#[test]
fn news_says_from_which_version_to_which() {
    let change = Change {
        from: Some("1.4.2".into()),
        to: "1.5.0".into(),
    };
    let now = Timestamp(1_700_000_000_000);
    let (mut rollout, started) = Rollout::start("checkout-1".into(), canary("mode: observe"), change, now);

    let ended = rollout.handle(Event::Deleted, now);

    let told = started.iter().chain(&ended).filter_map(|effect| match effect {
        Effect::Notify(notice) => Some((notice.text.as_str(), notice.briefing.as_ref()?.change())),
        _ => None,
    });
    let change = "1.4.2 → 1.5.0".to_owned();
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (
                "default/shop: rollout 1.4.2 → 1.5.0 started (5 → 25 → 50 → 100 %, observing only)",
                change.clone()
            ),
            (
                "default/shop: 1.4.2 → 1.5.0 would have been aborted (observing only): the Canary was deleted",
                change
            ),
        ]
    );
}

fn at_25(fields: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(fields);
    scenario.until_weight(25, HEALTHY);
    scenario
}

/// After so many looks at 25 %.
fn looked(number: usize, poll: impl Into<Poll>) -> Scenario {
    let mut scenario = at_25("");
    scenario.looks(number, poll);
    scenario
}

/// The canary is beyond its margin, which is not proven yet.
fn rising() -> Scenario {
    let mut scenario = at_25("");
    for _ in 0..LOOKS_MAX {
        if scenario.holds().contains(&HoldReason::EvidenceRising) {
            break;
        }
        scenario.look(SOMEWHAT);
    }
    scenario
}

fn ended(fields: &str, poll: impl Into<Poll>) -> Scenario {
    let mut scenario = at_25(fields);
    scenario.until_end(poll);
    scenario
}

fn at_25_of(metrics: &str) -> Scenario {
    let mut scenario = Scenario::of(&format!("analysis: {{warmup: 0s, metrics: [{metrics}]}}"));
    scenario.until_weight(25, HEALTHY);
    scenario
}

/// With a value that may be 150 at most.
fn with_a_value() -> Scenario {
    let rate = "{template: success-rate, margin: {relative: 50%, absolute: 0.5%}}";
    let value = "{template: memory, threshold: {max: 150, looks: 3}}";
    let canary = canary_in_prometheus(&format!("analysis: {{metrics: [{value}, {rate}]}}"));
    let mut scenario = Scenario::with(canary, Object::resting_at(0));
    scenario.until_weight(25, HEALTHY);
    scenario
}

#[test]
fn every_verdict_is_one_sentence_and_one_table() {
    let two = "{template: success-rate, margin: {relative: 50%, absolute: 0.5%}}, {template: latency, margin: {relative: 20%}}";
    let threshold =
        "{template: success-rate, margin: {relative: 1000%, absolute: 50%}, threshold: {min: 99%}}";
    let mut passing = at_25_of(two);
    passing.looks(2, HEALTHY);
    let mut slow = at_25_of(two);
    slow.until_end(SLOW);
    let mut beyond_threshold = at_25_of(threshold);
    beyond_threshold.until_end(ERRING);
    let mut leaking = with_a_value();
    leaking.until_end(Served {
        value: PerArm {
            canary: Some(200.0),
            baseline: Some(100.0),
        },
        ..HEALTHY
    });
    let mut baked = Scenario::of_one_rate("");
    baked.until(Phase::Baking, HEALTHY);
    baked.until_end(ERRING);
    let mut unproven = Scenario::of_one_rate("");
    unproven.until_weight(5, HARDLY_ANY);
    unproven.looks(3, HARDLY_ANY);
    let mut text = String::new();
    for (title, scenario) in [
        ("nothing judged yet", &Scenario::of_one_rate("")),
        ("pass", &passing),
        ("fail by errors", &ended("", ERRING)),
        ("fail by latency", &slow),
        ("fail by a threshold", &beyond_threshold),
        ("fail by a value", &leaking),
        ("fail without a concurrent baseline", &baked),
        ("inconclusive: too few requests", &unproven),
        ("inconclusive: evidence rising", &rising()),
        ("no-data: source down", &looked(2, Poll::SourceDown)),
        ("no-data: stale", &looked(2, Poll::Stale)),
        ("no-data: no traffic", &looked(2, NOBODY)),
        ("no-data: canary silent", &looked(2, Poll::Silent(Arm::Canary))),
        (
            "no-data: baseline silent",
            &looked(2, Poll::Silent(Arm::Baseline)),
        ),
    ] {
        text.push_str(&explained(title, scenario));
        text.push('\n');
    }
    assert_snapshot!("verdicts", text);
}

/// With a hook `gate` that does not pass, but for a `rollback`, which does at 25 %.
fn gated(hook_type: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(&format!(
        "hooks: [{{name: gate, url: 'http://gate.test/', type: {hook_type}}}]"
    ));
    scenario.hooks.insert("gate".to_owned(), HookOutcome::Failed);
    scenario
}

/// A rollout under a hold for `reason`.
fn held(reason: HoldReason) -> Scenario {
    match reason {
        HoldReason::Paused => {
            let mut scenario = at_25("");
            scenario.command(Action::Pause);
            scenario
        }
        HoldReason::Approval => {
            let mut scenario = Scenario::of_one_rate("steps: [{weight: 25}, {weight: 50, approval: true}]");
            scenario.until_weight(25, HEALTHY);
            scenario.looks(20, HEALTHY);
            scenario
        }
        HoldReason::NotReady => {
            let mut scenario = at_25("");
            scenario.workload.canary_ready = 0;
            scenario.workload.canary_reason = Some("checkout-canary-7d9f: ImagePullBackOff".to_owned());
            scenario.look(HEALTHY);
            scenario
        }
        HoldReason::Capacity => {
            let mut scenario = at_25("capacity: 50%");
            scenario.workload.canary_ready = 1;
            scenario.look(HEALTHY);
            scenario
        }
        HoldReason::NoHistory => {
            let mut scenario = Scenario::of(
                "analysis: {metrics: [{template: success-rate, margin: {relative: 10%, absolute: 0%}}]}",
            );
            scenario.looks(2, HEALTHY);
            scenario
        }
        HoldReason::NoData => looked(2, Poll::SourceDown),
        HoldReason::EvidenceRising => rising(),
        HoldReason::SharedIncident => {
            let mut scenario = at_25_of(
                "{template: success-rate, margin: {relative: 50%, absolute: 0.5%}, threshold: {min: 99%}}",
            );
            let errors = PerArm {
                canary: 0.05,
                baseline: 0.05,
            };
            scenario.looks(100, Served { errors, ..HEALTHY });
            scenario
        }
        HoldReason::UnconfirmedWeight => {
            let mut scenario = at_25("");
            let share = Some(0.05);
            scenario.looks(20, Served { share, ..HEALTHY });
            scenario
        }
        HoldReason::Drift => {
            let mut scenario = at_25("");
            scenario.object.edit(|object| object.weight = 5);
            scenario.look(HEALTHY);
            scenario
        }
        HoldReason::Hook => {
            let mut scenario = gated("confirm-traffic-increase");
            scenario.looks(20, HEALTHY);
            scenario
        }
        HoldReason::SpecChanged => {
            let mut scenario = at_25("");
            scenario.tell(Event::SpecChanged);
            scenario
        }
        HoldReason::Deadline => {
            let mut scenario = Scenario::of_one_rate("maxDuration: 5m");
            scenario.until_weight(5, HARDLY_ANY);
            scenario.looks(30, HARDLY_ANY);
            scenario
        }
    }
}

#[test]
fn every_hold_is_one_sentence() {
    let mut text = String::new();
    for reason in HoldReason::ALL {
        let scenario = held(reason);
        assert!(
            scenario.holds().contains(&reason),
            "{reason:?}: {:?}",
            scenario.holds()
        );
        for hold in scenario.status().holds {
            let _ = writeln!(text, "{}: {hold}", reason.name());
        }
    }
    assert_snapshot!("holds", text);
}

#[test]
fn every_outcome_is_told_with_where_traffic_is_what_it_cost_and_what_one_can_do() {
    let no_data = |state: NoDataState| {
        ONE_RATE.replace(
            "metrics:",
            &format!(
                "noData: {{{}: {{after: 60s, then: abort}}}}, metrics:",
                state.name()
            ),
        )
    };
    let mut silent = Scenario::of(&no_data(NoDataState::CanarySilent));
    silent.until_weight(25, HEALTHY);
    silent.until_end(Poll::Silent(Arm::Canary));
    let mut crashing = at_25("");
    crashing.workload.canary_failing = Some("checkout-canary-7d9f: CrashLoopBackOff".to_owned());
    crashing.until_end(HEALTHY);
    let mut commanded = at_25("");
    commanded.command(Action::Abort);
    let mut inconclusive = Scenario::of_one_rate("maxDuration: 5m\nonInconclusive: abort");
    inconclusive.until_end(HARDLY_ANY);
    let mut lowered = at_25("");
    lowered.object.edit(|object| object.weight = 5);
    lowered.until_end(HEALTHY);
    let mut hooked = gated("rollback");
    hooked.until_weight(25, HEALTHY);
    hooked.hooks.insert("gate".to_owned(), HookOutcome::Passed);
    hooked.until_end(HEALTHY);
    let mut replaced = at_25("");
    replaced.tell(Event::RevisionChanged("v3".to_owned()));
    let mut deleted = at_25("");
    deleted.tell(Event::Deleted);
    let mut unwritten = at_25("");
    unwritten.writes = Writes::NotMade(FaultKind::Unreachable);
    unwritten.until(Phase::Aborting, ERRING);
    unwritten.wait(Duration::from_secs(60));
    let mut observing = Scenario::of_one_rate("mode: observe");
    observing.looks(10, HEALTHY);
    observing.object.edit(|object| object.weight = 25);
    observing.until_end(ERRING);
    let mut text = String::new();
    for (title, outcome, scenario) in [
        ("promoted", Some(Outcome::Promoted), &ended("", HEALTHY)),
        ("aborted: harmful", Some(Outcome::Aborted), &ended("", ERRING)),
        ("aborted: no data", Some(Outcome::Aborted), &silent),
        ("aborted: cannot serve", Some(Outcome::Aborted), &crashing),
        ("aborted: commanded", Some(Outcome::Aborted), &commanded),
        ("aborted: a hook", Some(Outcome::Aborted), &hooked),
        ("aborted: drift", Some(Outcome::Aborted), &lowered),
        ("aborted: another revision", Some(Outcome::Aborted), &replaced),
        ("aborted: deleted", Some(Outcome::Aborted), &deleted),
        ("inconclusive", Some(Outcome::Inconclusive), &inconclusive),
        ("observing", Some(Outcome::Aborted), &observing),
        ("rollback unconfirmed", None, &unwritten),
    ] {
        let ending = scenario
            .status()
            .ending
            .filter(|_| scenario.rollout.phase().is_final());
        assert_eq!(ending.map(|ending| ending.outcome), outcome, "{title}");
        text.push_str(&told(title, scenario));
        text.push('\n');
    }
    assert_snapshot!("outcomes", text);
}
