//! `mode: observe` judges, and never writes.

use serin::engine::{Action, Effect, Event, NoticeKind, Outcome, Phase, Trail, Urgency};

use super::scenario::Scenario;
use super::served::{ERRING, HEALTHY};

/// Somebody else leads the canary through these weights while Serin watches.
fn led_through(weights: &[u8]) -> Scenario {
    led(weights, "1m")
}

/// To the end of the steps, with so long a bake.
fn led_through_with_bake(bake: &str) -> Scenario {
    led(&[0, 5, 25, 50, 100], bake)
}

fn led(weights: &[u8], bake: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(&format!("mode: observe\npromotion: {{bake: {bake}}}"));
    for weight in weights {
        scenario.object.edit(|object| object.weight = *weight);
        scenario.looks(8, HEALTHY);
    }
    scenario
}

fn only_reads_and_tells(scenario: &Scenario) -> bool {
    let only = |effect: &Effect| matches!(effect, Effect::Poll | Effect::ReadHistory | Effect::Notify(_));
    scenario.effects.iter().all(only)
}

#[test]
fn a_healthy_canary_would_have_been_promoted() {
    let scenario = led_through(&[0, 5, 25, 50, 100]);
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
    assert!(only_reads_and_tells(&scenario));
    let last = &scenario.notices().last().unwrap().text;
    assert!(
        last.contains("would have been promoted (observing only)"),
        "{last}"
    );
}

#[test]
fn a_bad_canary_would_have_been_aborted_and_keeps_its_weight() {
    let mut scenario = led_through(&[0, 5]);
    scenario.until(Phase::Aborted, ERRING);
    assert_eq!(scenario.object.weight, 5);
    assert!(only_reads_and_tells(&scenario));
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Aborted);
}

#[test]
fn making_place_for_the_next_revision_alerts_nobody() {
    let mut scenario = led_through(&[0, 5]);
    scenario.tell(Event::RevisionChanged("v3".to_owned()));
    let notices = scenario.notices();
    let last = notices.last().unwrap();
    assert_eq!(last.kind, NoticeKind::Ended(Outcome::Aborted));
    assert_eq!(last.urgency, Urgency::Info);
}

#[test]
fn no_step_is_taken_while_the_canary_has_no_traffic() {
    let mut scenario = led_through(&[0]);
    scenario.looks(100, HEALTHY);
    assert_eq!(scenario.status().step, Some(0));
}

#[test]
fn commands_write_nothing() {
    for action in [Action::Promote, Action::Abort, Action::Pause] {
        let mut scenario = led_through(&[0, 5]);
        assert_eq!(scenario.command(action), None);
        scenario.looks(3, HEALTHY);
        assert!(only_reads_and_tells(&scenario), "{action:?}");
        assert_eq!(scenario.object.weight, 5);
    }
}

/// Whoever leads says how it went.
fn concluded(promoted: bool) -> Event {
    Event::Concluded {
        promoted,
        detail: "somebody else ended it".into(),
        by: "flagger".into(),
        trail: Trail::default(),
    }
}

#[test]
fn a_promotion_elsewhere_is_one_here_where_every_gate_was_passed() {
    let mut scenario = led_through_with_bake("1h");
    assert_eq!(scenario.rollout.phase(), Phase::Baking);
    scenario.tell(concluded(true));
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
    assert!(only_reads_and_tells(&scenario));
}

#[test]
fn a_promotion_elsewhere_that_comes_early_is_no_proof() {
    let mut scenario = led_through(&[0]);
    scenario.tell(concluded(true));
    let ending = scenario.status().ending.unwrap();
    assert_eq!(ending.outcome, Outcome::Inconclusive);
    assert_eq!(ending.cause.to_string(), "somebody else ended it");
}

#[test]
fn a_rollback_elsewhere_ends_it_here() {
    let mut scenario = led_through_with_bake("1h");
    scenario.tell(concluded(false));
    assert_eq!(scenario.status().ending.unwrap().outcome, Outcome::Aborted);
}

#[test]
fn nobody_else_concludes_what_serin_moves() {
    let mut scenario = Scenario::of_one_rate("steps: [{weight: 5}, {weight: 100}]");
    scenario.until_weight(5, HEALTHY);
    for promoted in [true, false] {
        let effects = scenario.tell(concluded(promoted));
        assert!(
            !effects
                .iter()
                .any(|effect| matches!(effect, Effect::Lower(_) | Effect::Raise(_)))
        );
    }
    assert_eq!(scenario.status().phase, Phase::Analysing);
}

#[test]
fn what_was_noted_decides_nothing() {
    let mut scenario = led_through(&[0, 5]);
    let before = scenario.status();
    assert_eq!(scenario.tell(Event::Noted("canary weight 5".into())), Vec::new());
    assert_eq!(scenario.status(), before);
}

#[test]
fn the_status_says_what_is_proven_and_how_often_the_weight_was_looked_at() {
    let scenario = led_through(&[0, 5]);
    let status = scenario.status();
    assert!(status.step_weight > Some(5), "{:?}", status.step_weight);
    assert!(status.looks_at_weight >= 2);
    assert!(status.look_good_until > status.looked_at);
    assert!(!status.is_gated);
}
