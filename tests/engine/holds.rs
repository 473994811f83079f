//! What stops a raise.

use std::time::Duration;

use serin::engine::{Action, Event, Fault, FaultKind, HoldReason, NoticeKind, Phase};

use super::scenario::{Scenario, Writes};
use super::served::{HEALTHY, Served};

fn steps_with_approval() -> Scenario {
    let mut scenario =
        Scenario::of_one_rate("steps: [{weight: 5}, {weight: 50, approval: true}, {weight: 100}]");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(20, HEALTHY);
    scenario
}

#[test]
fn a_weight_asks_for_its_share_of_the_stable_replicas() {
    let mut scenario = Scenario::of_one_rate("capacity: 50%");
    scenario.workload.canary_ready = 1;
    scenario.until_weight(5, HEALTHY);
    scenario.looks(20, HEALTHY);
    assert_eq!(scenario.object.weight, 5);
    let holds: Vec<_> = scenario.status().holds.iter().map(ToString::to_string).collect();
    assert_eq!(
        holds,
        ["capacity: 25 % needs 2 ready canary replicas and there are 1"]
    );
    scenario.workload.canary_ready = 2;
    scenario.until_weight(25, HEALTHY);
}

#[test]
fn the_step_waits_for_its_approval_and_people_are_asked_once() {
    let mut scenario = steps_with_approval();
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Approval])
    );
    assert_eq!(scenario.told_of(HoldReason::Approval), 1);
    assert_eq!(scenario.command(Action::Approve), None);
    scenario.until_weight(50, HEALTHY);
}

#[test]
fn people_are_not_asked_again_after_every_quiet_look() {
    let mut scenario = steps_with_approval();
    for _ in 0..5 {
        scenario.look(Served {
            share: Some(0.0),
            requests: 100.0,
            ..HEALTHY
        });
        scenario.look(HEALTHY);
    }
    assert_eq!(scenario.told_of(HoldReason::Approval), 1);
}

#[test]
fn an_approval_is_of_one_raise() {
    let mut scenario = steps_with_approval();
    scenario.command(Action::Approve);
    scenario.until_weight(50, HEALTHY);
    scenario.object.edit(|object| object.weight = 5);
    scenario.look(HEALTHY);
    assert_eq!(scenario.command(Action::Resume), None);
    scenario.looks(20, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Approval])
    );
}

#[test]
fn only_a_step_that_asks_can_be_approved() {
    let mut scenario = Scenario::of_one_rate("");
    let refused = scenario.command(Action::Approve);
    assert_eq!(
        refused.as_deref(),
        Some("the next step, to 5 %, asks for no approval")
    );
    scenario.until(Phase::Baking, HEALTHY);
    let refused = scenario.command(Action::Approve);
    assert_eq!(refused.as_deref(), Some("no step is left to approve"));
}

#[test]
fn a_route_that_cannot_be_read_holds() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    let fault = Fault {
        kind: FaultKind::Unreachable,
        reason: "connection refused".into(),
    };
    let since = scenario.now;
    scenario.tell(Event::TrafficUnread(fault.clone()));
    scenario.wait(Duration::from_secs(1));
    scenario.tell(Event::TrafficUnread(fault));
    assert_eq!(
        scenario.status().holds[0].to_string(),
        format!("unconfirmed-weight: not read since {since}: connection refused")
    );
    scenario.until_weight(25, HEALTHY);
}

#[test]
fn traffic_that_does_not_follow_the_weight_holds() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    let as_before = Served {
        share: Some(0.05),
        ..HEALTHY
    };
    scenario.looks(20, as_before);
    assert_eq!(scenario.object.weight, 25);
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "unconfirmed-weight: the canary has 5.0 % of 15,000 requests where its weight is 25 %"
    );
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_look_of_which_one_arm_is_late_is_no_traffic_that_does_not_follow() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.looks(2, HEALTHY);
    scenario.look(super::served::Poll::Silent(serin::engine::Arm::Canary));
    let both_looks_of_the_canary = Served {
        requests: 3750.0,
        share: Some(0.4),
        ..HEALTHY
    };
    scenario.look(both_looks_of_the_canary);
    assert!(
        !scenario.holds().contains(&HoldReason::UnconfirmedWeight),
        "{:?}",
        scenario.status().holds
    );
}

#[test]
fn a_lowering_that_fails_holds_and_pages_after_half_a_minute() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.writes = Writes::NotMade(FaultKind::Refused);
    scenario.object.edit(|object| object.weight = 60);
    scenario.look(HEALTHY);
    assert!(scenario.holds().contains(&HoldReason::UnconfirmedWeight));
    assert_eq!(scenario.told_of(HoldReason::UnconfirmedWeight), 0);
    scenario.looks(4, HEALTHY);
    assert_eq!(scenario.told_of(HoldReason::UnconfirmedWeight), 1);
}

#[test]
fn an_edited_canary_holds_until_the_edit_is_taken_back() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.tell(Event::SpecChanged);
    scenario.looks(50, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::SpecChanged])
    );
    assert_eq!(scenario.told_of(HoldReason::SpecChanged), 1);
    scenario.tell(Event::SpecRestored);
    assert_eq!(scenario.holds(), []);
    let last = scenario.notices().pop().unwrap();
    assert_eq!(last.kind, NoticeKind::HoldOver(HoldReason::SpecChanged));
    assert!(
        last.text.ends_with("no longer holds: spec-changed is over"),
        "{}",
        last.text
    );
    scenario.until_weight(25, HEALTHY);
}

#[test]
fn workloads_that_cannot_be_seen_hold() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.tell(Event::WorkloadUnseen("forbidden".into()));
    assert_eq!(scenario.status().holds[0].to_string(), "not-ready: forbidden");
    scenario.until_weight(25, HEALTHY);
}

#[test]
fn nothing_is_raised_on_a_look_that_is_older_than_two_intervals() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(1, HEALTHY);
    let late = super::served::Poll::from(HEALTHY).counts(
        scenario.rollout.canary(),
        5,
        scenario.now + Duration::from_secs(10),
    );
    scenario.now = scenario.now + Duration::from_secs(31);
    scenario.tell(Event::Look(late));
    assert_eq!(scenario.object.weight, 5);
    scenario.until_weight(25, HEALTHY);
}
