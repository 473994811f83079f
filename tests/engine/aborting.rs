//! Abort comes first.

use std::time::Duration;

use serin::engine::{Action, Cause, Effect, Event, FaultKind, Lower, NoticeKind, Outcome, Phase, Urgency};

use super::object::fault;
use super::scenario::{Scenario, Writes};
use super::served::{ERRING, HEALTHY, SLOW};

const ONE_LATENCY: &str = "analysis: {warmup: 0s, metrics: [{template: latency, margin: {relative: 20%}}]}";

fn cause(scenario: &Scenario) -> Cause {
    scenario.status().ending.unwrap().cause
}

fn is_abort(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Lower(Lower {
            to: 0,
            abort: true,
            ..
        })
    )
}

fn at_25_percent() -> Scenario {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario
}

#[test]
fn a_canary_that_errs_is_aborted_and_the_object_says_so() {
    let mut scenario = at_25_percent();
    scenario.until(Phase::Aborted, ERRING);
    assert_eq!(scenario.object.weight, 0);
    assert_eq!(scenario.object.aborted.as_deref(), Some("checkout-1"));
    let reason = cause(&scenario).to_string();
    assert!(
        reason.contains("success-rate: errors") && reason.contains("harmful above"),
        "{reason}"
    );
}

#[test]
fn a_canary_that_is_slow_is_aborted() {
    let mut scenario = Scenario::of(ONE_LATENCY);
    scenario.until_weight(25, HEALTHY);
    scenario.until(Phase::Aborted, SLOW);
    let reason = cause(&scenario).to_string();
    assert!(reason.contains("latency: p95"), "{reason}");
}

#[test]
fn the_lowering_is_the_first_thing_that_comes_of_the_look_that_proves_harm() {
    let mut scenario = at_25_percent();
    let effects = loop {
        let effects = scenario.look(ERRING);
        if scenario.rollout.phase().is_final() {
            break effects;
        }
    };
    assert!(is_abort(&effects[0]), "{effects:?}");
}

#[test]
fn a_paused_rollout_aborts() {
    let mut scenario = at_25_percent();
    assert_eq!(scenario.command(Action::Pause), None);
    scenario.until(Phase::Aborted, ERRING);
}

#[test]
fn a_command_aborts_at_once_and_says_who_asked() {
    let mut scenario = at_25_percent();
    assert_eq!(scenario.command(Action::Abort), None);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert_eq!(cause(&scenario).to_string(), "ada asked for it: the test says so");
}

#[test]
fn a_raise_under_way_is_overtaken_by_the_abort() {
    let mut scenario = at_25_percent();
    scenario.writes = Writes::Hanging;
    while !scenario
        .look(HEALTHY)
        .iter()
        .any(|effect| matches!(effect, Effect::Raise(_)))
    {}
    scenario.writes = Writes::Made;
    scenario.command(Action::Abort);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
}

#[test]
fn an_abort_that_cannot_be_written_is_asked_for_until_it_can() {
    let mut scenario = at_25_percent();
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    scenario.command(Action::Abort);
    let before = scenario.effects.iter().filter(|effect| is_abort(effect)).count();
    scenario.wait(Duration::from_secs(60));
    let after = scenario.effects.iter().filter(|effect| is_abort(effect)).count();
    assert!(
        after >= before + 30,
        "at least every two seconds: {before}, {after}"
    );
    assert_eq!(scenario.rollout.phase(), Phase::Aborting);
    let paged = |scenario: &Scenario| {
        let news = scenario.notices();
        let of_it = |notice: &&&serin::engine::Notice| notice.kind == NoticeKind::RollbackUnconfirmed;
        news.iter()
            .filter(of_it)
            .map(|notice| notice.urgency)
            .collect::<Vec<_>>()
    };
    assert_eq!(paged(&scenario), [Urgency::Page], "once, after half a minute");
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(10));
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
}

#[test]
fn an_abort_that_cannot_be_written_holds_with_the_cause_and_since_when() {
    let mut scenario = at_25_percent();
    scenario.writes = Writes::NotMade(FaultKind::Unreachable);
    let since = scenario.now;
    scenario.command(Action::Abort);
    scenario.wait(Duration::from_secs(60));
    let holds: Vec<_> = scenario.status().holds.iter().map(ToString::to_string).collect();
    assert_eq!(
        holds,
        [format!(
            "unconfirmed-weight: not lowered yet, and tried again since {since}: the test says so"
        )]
    );
    let mut news = scenario.notices().into_iter();
    let unconfirmed = news.find(|notice| notice.kind == NoticeKind::RollbackUnconfirmed);
    assert_eq!(
        unconfirmed.unwrap().text,
        "default/shop: the rollback (ada asked for it: the test says so) is not confirmed, and tried again: the test says so"
    );
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(2));
    assert_eq!(
        (scenario.rollout.phase(), scenario.holds()),
        (Phase::Aborted, vec![])
    );
}

#[test]
fn what_held_a_rollout_before_holds_no_abort() {
    let mut scenario = at_25_percent();
    scenario.command(Action::Pause);
    scenario.writes = Writes::Hanging;
    scenario.command(Action::Abort);
    assert_eq!(
        (scenario.rollout.phase(), scenario.holds()),
        (Phase::Aborting, vec![])
    );
}

#[test]
fn an_abort_whose_answer_was_lost_ends_when_the_mark_is_read() {
    let mut scenario = at_25_percent();
    scenario.writes = Writes::AnswerLost;
    scenario.command(Action::Abort);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborting, 0)
    );
    scenario.tell(Event::Traffic(scenario.object.state()));
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
}

#[test]
fn an_answer_that_is_not_the_abort_does_not_end_it() {
    let mut scenario = at_25_percent();
    scenario.writes = Writes::Hanging;
    scenario.command(Action::Abort);
    scenario.tell(Event::Wrote(scenario.object.state()));
    assert_eq!(scenario.rollout.phase(), Phase::Aborting);
    scenario.writes = Writes::Made;
    scenario.wait(Duration::from_secs(1));
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
}

#[test]
fn a_mark_that_is_found_ends_the_rollout() {
    let mut scenario = at_25_percent();
    scenario.object.edit(|object| {
        object.weight = 0;
        object.epoch += 1;
        object.aborted = object.rollout.clone();
    });
    scenario.look(HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), cause(&scenario)),
        (Phase::Aborted, Cause::MarkFound)
    );
}

#[test]
fn a_canary_whose_pods_cannot_serve_is_aborted_under_traffic() {
    let mut scenario = at_25_percent();
    scenario.workload.canary_failing = Some("CrashLoopBackOff".into());
    scenario.look(HEALTHY);
    assert_eq!(cause(&scenario), Cause::CanaryFailing("CrashLoopBackOff".into()));
}

#[test]
fn another_revision_and_a_deleted_canary_end_the_rollout() {
    for event in [Event::RevisionChanged("v3".into()), Event::Deleted] {
        let mut scenario = at_25_percent();
        scenario.tell(event);
        assert_eq!(
            (scenario.rollout.phase(), scenario.object.weight),
            (Phase::Aborted, 0)
        );
    }
}

#[test]
fn a_canary_that_is_seen_with_another_revision_ends_the_rollout_and_both_are_named() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.workload.canary_revision = Some("aaa".into());
    scenario.until_weight(25, HEALTHY);
    scenario.workload.canary_revision = Some("bbb".into());
    scenario.look(HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
    assert_eq!(
        cause(&scenario).to_string(),
        "the canary's revision is bbb, and aaa is what was judged"
    );
}

#[test]
fn a_rollout_of_a_known_revision_is_of_no_other_that_is_seen_first() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.rollout.judge_only("aaa".into());
    scenario.workload.canary_revision = Some("bbb".into());
    scenario.look(HEALTHY);
    assert!(matches!(cause(&scenario), Cause::OtherRevision { .. }));
}

#[test]
fn a_workload_without_a_revision_changes_none() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.workload.canary_revision = Some("aaa".into());
    scenario.until_weight(25, HEALTHY);
    scenario.workload.canary_revision = None;
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn nothing_comes_of_what_happens_after_the_end() {
    let mut scenario = at_25_percent();
    scenario.command(Action::Abort);
    scenario.effects.clear();
    scenario.object.edit(|object| object.weight = 50);
    scenario.looks(3, HEALTHY);
    scenario.tell(Event::NotWritten(fault(FaultKind::Unknown)));
    assert_eq!(scenario.effects, []);
    assert_eq!(scenario.rollout.next_wakeup(), None);
    let refused = scenario.command(Action::Promote);
    assert_eq!(refused.as_deref(), Some("the rollout has ended (aborted)"));
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Aborted);
}
