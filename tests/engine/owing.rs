//! What a rollout owes its workloads is asked for until it is done, or loudly given up.

use std::time::Duration;

use serin::engine::{
    Action, Effect, Event, HoldReason, NoticeKind, OwedWork, Phase, Rollout, Undone, Urgency, Work,
};

use super::promoting::{wants, while_stable_rolls};
use super::scenario::Scenario;
use super::served::{HEALTHY, Poll};

fn undone(is_lasting: bool) -> Undone {
    Undone {
        reason: "connection refused".into(),
        is_lasting,
    }
}

fn not_restored() -> Event {
    Event::WorkloadNotRestored(undone(false))
}

/// Aborted while stable took the version, with nothing of what is owed done yet.
fn aborted_in_the_copy() -> Scenario {
    let mut scenario = while_stable_rolls();
    scenario.clears_up = false;
    scenario.command(Action::Abort);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    scenario
}

/// How urgently people were told that stable is not put back, each time.
fn told(scenario: &Scenario) -> Vec<Urgency> {
    let notices = scenario.notices();
    let of_it = notices
        .iter()
        .filter(|notice| notice.kind == NoticeKind::StableNotRestored);
    of_it.map(|notice| notice.urgency).collect()
}

fn owed(scenario: &Scenario) -> Vec<(Work, bool)> {
    let owed = scenario.status().owed;
    owed.iter().map(|owed| (owed.work, owed.is_due)).collect()
}

#[test]
fn a_rollout_that_has_ended_is_not_over_before_its_workloads_are_answered_for() {
    let mut scenario = aborted_in_the_copy();
    assert_eq!(
        owed(&scenario),
        [(Work::RestoreStable, true), (Work::ScaleDownCanary, true)]
    );
    assert!(!scenario.status().is_over());
    scenario.tell(Event::WorkloadRestored);
    scenario.tell(Event::CanaryScaledDown);
    assert!(scenario.rollout.is_over());
    assert_eq!(scenario.rollout.next_wakeup(), None);
}

#[test]
fn a_put_back_that_fails_is_tried_again_ever_more_rarely_until_it_is_done() {
    let mut scenario = aborted_in_the_copy();
    let mut pauses = Vec::new();
    for attempt in 1..=8 {
        assert_eq!(wants(&scenario, &Effect::RestoreWorkload), attempt);
        scenario.tell(not_restored());
        let due = scenario.rollout.next_wakeup().expect("due again");
        pauses.push(due.since(scenario.now).as_secs());
        scenario.wait(due.since(scenario.now));
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    assert_eq!(told(&scenario), [Urgency::Warning], "once, at the first failure");

    scenario.tell(Event::WorkloadRestored);

    assert_eq!(owed(&scenario), [(Work::ScaleDownCanary, true)]);
    assert_eq!(scenario.rollout.next_wakeup(), None);
    assert_eq!(
        scenario.notices().last().unwrap().kind,
        NoticeKind::StableRestored
    );
}

#[test]
fn a_put_back_that_fails_for_an_hour_is_given_up_and_a_person_is_called() {
    let mut scenario = aborted_in_the_copy();
    scenario.tell(Event::CanaryScaledDown);
    let begun = scenario.now;
    let mut attempts = 0;
    while !scenario.rollout.is_over() {
        attempts += 1;
        scenario.tell(not_restored());
        scenario.wait(Duration::from_secs(30));
    }
    let tried_for = scenario.now.since(begun).as_secs();
    assert!(
        (3_600..3_700).contains(&tried_for),
        "{tried_for} s, {attempts} attempts"
    );
    assert_eq!(told(&scenario), [Urgency::Warning, Urgency::Page]);
    let OwedWork { is_due, trouble, .. } = &scenario.status().owed[0];
    assert_eq!((*is_due, trouble.as_deref()), (false, Some("connection refused")));
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), attempts);
    scenario.tell(Event::Restarted);
    assert_eq!(
        wants(&scenario, &Effect::RestoreWorkload),
        attempts,
        "it stays given up"
    );
}

#[test]
fn a_put_back_that_cannot_be_done_calls_a_person_at_once() {
    let mut scenario = aborted_in_the_copy();
    scenario.tell(Event::WorkloadNotRestored(undone(true)));
    assert_eq!(told(&scenario), [Urgency::Page]);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
    let text = &scenario.notices().last().unwrap().text;
    assert!(
        text.contains("given up: connection refused; hint: `serin rollback`"),
        "{text}"
    );
}

#[test]
fn another_process_asks_again_for_what_is_owed_after_the_end() {
    let mut scenario = aborted_in_the_copy();
    let text = serde_json::to_string(&scenario.rollout).unwrap();
    scenario.rollout = serde_json::from_str::<Rollout>(&text).unwrap();
    scenario.effects.clear();
    scenario.clears_up = true;
    scenario.tell(Event::Restarted);
    assert_eq!(
        scenario.effects,
        [Effect::RestoreWorkload, Effect::ScaleDownCanary]
    );
    assert!(scenario.rollout.is_over());
}

#[test]
fn a_stable_that_was_not_put_back_after_its_failed_copy_is_owed_that() {
    let mut scenario = while_stable_rolls();
    scenario.tell(Event::WorkloadHalfPromoted("2 of 10 are ready".into()));
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
}

#[test]
fn a_scale_down_that_fails_is_given_up_in_minutes_and_keeps_no_rollout_waiting_for_an_hour() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.clears_up = false;
    scenario.command(Action::Abort);
    let begun = scenario.now;
    while !scenario.rollout.is_over() {
        scenario.tell(Event::CanaryNotScaledDown(undone(false)));
        scenario.wait(Duration::from_secs(30));
    }
    assert!(scenario.now.since(begun) <= Duration::from_secs(180));
    assert_eq!(told(&scenario), []);
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    let before = scenario.rollout.clone();
    for event in [Event::WorkloadRestored, not_restored(), Event::CanaryScaledDown] {
        scenario.tell(event);
    }
    assert_eq!(scenario.rollout, before);
}

#[test]
fn a_rollout_that_goes_on_is_not_raised_beside_a_stable_that_was_not_put_back() {
    let mut scenario = super::promoting::lowered_in_the_copy(false);
    scenario.tell(not_restored());
    scenario.command(Action::Resume);
    scenario.looks(20, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (0, vec![HoldReason::NotReady])
    );
    scenario.tell(Event::WorkloadRestored);
    scenario.promotes = true;
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn an_abort_asks_once_more_for_a_put_back_that_was_given_up() {
    let mut scenario = super::promoting::lowered_in_the_copy(false);
    scenario.tell(Event::WorkloadNotRestored(undone(true)));
    scenario.look(Poll::SourceDown);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 1);
    scenario.command(Action::Abort);
    assert_eq!(wants(&scenario, &Effect::RestoreWorkload), 2);
}
