//! Whether the traffic shows a rollback: read on after an abort, and told.

use std::time::Duration;

use serin::engine::{Action, ConfirmationState, Effect, Event, Notice, NoticeKind, Outcome, Phase, Urgency};

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario};
use super::served::{HEALTHY, NOBODY, Poll, Served};
use crate::world::canary::canary;

/// The canary has a quarter of the traffic, whatever its weight.
const STUCK: Served = Served {
    share: Some(0.25),
    ..HEALTHY
};

/// Looks that are more than anybody waits for.
const MANY: usize = 200;

/// Aborted by hand at 25 %, a moment ago.
fn aborted() -> Scenario {
    of(Object::resting_at(0))
}

fn of(object: Object) -> Scenario {
    let mut scenario = Scenario::with(canary(ONE_RATE), object);
    scenario.rollout.confirm_rollback();
    scenario.until_weight(25, HEALTHY);
    scenario.look(HEALTHY);
    scenario.command(Action::Abort);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    scenario
}

fn state(scenario: &Scenario) -> ConfirmationState {
    scenario.status().confirmation.unwrap().state
}

fn words(scenario: &Scenario) -> String {
    scenario.status().confirmation.unwrap().to_string()
}

fn notice(effects: &[Effect]) -> Option<&Notice> {
    effects.iter().find_map(|effect| match effect {
        Effect::Notify(notice) => Some(notice),
        _ => None,
    })
}

#[test]
fn a_rollback_is_confirmed_by_a_whole_look_without_a_request_of_the_canary() {
    let mut scenario = aborted();
    // Part of this one was served before the abort.
    assert_eq!(notice(&scenario.look(HEALTHY)), None);
    assert_eq!(words(&scenario), "not confirmed by traffic yet");

    let effects = scenario.look(HEALTHY);

    let told = notice(&effects).unwrap();
    assert_eq!(
        (&told.kind, told.urgency),
        (&NoticeKind::RollbackConfirmed, Urgency::Info)
    );
    assert_eq!(
        told.text,
        "default/shop: aborted at 25 %, confirmed by traffic after 20s: ada asked for it: the test says so"
    );
    assert_eq!(
        told.briefing.as_ref().unwrap().traffic,
        "rolled back: the canary has 0 %, written and read back; confirmed by traffic after 20s"
    );
    assert!(scenario.rollout.is_over());
    assert_eq!(scenario.rollout.next_wakeup(), None);
}

#[test]
fn it_says_how_many_requests_came_after_the_weight() {
    let mut scenario = aborted();
    scenario.looks(3, STUCK);
    assert_eq!(
        words(&scenario),
        "not confirmed by traffic yet: 1,500 requests of the canary since"
    );
    scenario.look(HEALTHY);
    assert_eq!(
        words(&scenario),
        "confirmed by traffic after 40s and 1,500 more requests of the canary"
    );
}

#[test]
fn somebody_is_called_once_where_requests_do_not_stop() {
    let mut scenario = aborted();
    let before = scenario.notices().len();
    scenario.looks(5, STUCK);
    assert_eq!(scenario.notices().len(), before, "not within a minute");

    scenario.looks(20, STUCK);

    let told: Vec<_> = scenario.notices().split_off(before);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0].kind, told[0].urgency),
        (&NoticeKind::RollbackUnconfirmed, Urgency::Page)
    );
    assert_eq!(
        told[0].text,
        "default/shop: aborted at 25 %, and the traffic does not follow: 3,750 requests of the canary in the 1m since 0 % was \
         read back; the canary has 25.0 % of 15,000 requests where its weight is 0 %: ada asked for it: the test says so"
    );
    let effects = scenario.look(HEALTHY);
    assert_eq!(
        notice(&effects).unwrap().kind,
        NoticeKind::RollbackConfirmed,
        "and hears that it is over"
    );
}

#[test]
fn nobody_is_called_where_another_route_of_the_users_leads_to_the_canary() {
    let mut object = Object::resting_at(0);
    object.other_routes = true;
    let mut scenario = of(object);
    let before = scenario.notices().len();

    scenario.looks(MANY, STUCK);

    assert_eq!(scenario.notices().len(), before);
    assert_eq!(state(&scenario), ConfirmationState::Unconfirmed);
    assert!(
        words(&scenario).starts_with("not confirmed by traffic: "),
        "{}",
        words(&scenario)
    );
    assert!(scenario.rollout.is_over());
}

#[test]
fn nobody_is_called_for_probes() {
    let probes = Served {
        share: Some(0.002),
        ..HEALTHY
    };
    let mut scenario = aborted();
    let before = scenario.notices().len();
    scenario.looks(MANY, probes);
    assert_eq!(scenario.notices().len(), before);
    assert_eq!(state(&scenario), ConfirmationState::Unconfirmed);
}

#[test]
fn a_source_that_is_down_confirms_nothing_and_calls_nobody() {
    let mut scenario = aborted();
    let before = scenario.notices().len();

    scenario.looks(MANY, Poll::SourceDown);

    assert_eq!(scenario.notices().len(), before);
    assert_eq!(
        words(&scenario),
        "not confirmed by traffic: no data (connection refused)"
    );
    assert!(scenario.rollout.is_over(), "watched for a bounded time");
}

#[test]
fn where_nobody_calls_nothing_is_confirmed() {
    let mut scenario = aborted();
    scenario.looks(10, NOBODY);
    assert_eq!(
        words(&scenario),
        "not confirmed by traffic yet: no data (nobody calls the service)"
    );
    scenario.look(HEALTHY);
    assert_eq!(state(&scenario), ConfirmationState::Confirmed);
}

#[test]
fn a_canary_that_never_had_traffic_has_nothing_to_confirm() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.rollout.confirm_rollback();
    scenario.command(Action::Abort);
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Aborted);
    assert_eq!(scenario.rollout.status(scenario.now).confirmation, None);
    assert!(scenario.rollout.is_over());
}

#[test]
fn another_process_watches_on() {
    let mut scenario = aborted();
    scenario.look(HEALTHY);
    let effects = scenario.tell(Event::Restarted);
    assert_eq!(notice(&effects), None);
    scenario.look(HEALTHY);
    assert_eq!(state(&scenario), ConfirmationState::Confirmed);
}

#[test]
fn a_new_rollout_ends_the_watching_at_once() {
    let mut scenario = aborted();
    let effects = scenario.tell(Event::Superseded("checkout-2".into()));
    assert_eq!(effects, []);
    assert_eq!(
        words(&scenario),
        "not confirmed by traffic: checkout-2 began before"
    );
    assert_eq!(scenario.rollout.next_wakeup(), None);
}

#[test]
fn a_canary_that_somebody_gives_traffic_again_is_left_to_them() {
    let mut scenario = aborted();
    let before = scenario.weights();
    scenario.object.edit(|object| object.weight = 50);
    scenario.looks(MANY, HEALTHY);
    assert_eq!(
        words(&scenario),
        "not confirmed by traffic: the canary was given 50 % again"
    );
    assert_eq!(scenario.weights(), before, "nothing is written after the end");
}

#[test]
fn a_rollout_of_before_ends_as_it_did() {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario.command(Action::Abort);
    let before = scenario.effects.len();
    scenario.wait(Duration::from_secs(60));
    scenario.looks(5, STUCK);
    assert_eq!(scenario.effects.len(), before);
    assert!(scenario.rollout.is_over());
}
