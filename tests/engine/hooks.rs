//! Hooks: when each is asked, and what its answers do.

use std::time::Duration;

use serin::engine::{
    Action, Cause, Effect, Event, FlaggerPhase, HoldReason, HookCall, HookOutcome, HookState, NoticeKind,
    Outcome, Phase, Rollout, Urgency,
};

use super::scenario::{Scenario, answer};
use super::served::{HEALTHY, Served};

/// A rollout of one rate with the hook `gate`, which is shut.
fn with_gate(fields: &str) -> Scenario {
    with_gate_and(fields, "")
}

fn with_gate_and(fields: &str, beside: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(&format!(
        "hooks: [{{name: gate, url: 'http://gate.test/', {fields}}}]\n{beside}"
    ));
    shut(&mut scenario, "gate");
    scenario
}

fn open(scenario: &mut Scenario, hook: &str) {
    scenario.hooks.insert(hook.into(), HookOutcome::Passed);
}

fn shut(scenario: &mut Scenario, hook: &str) {
    scenario.hooks.insert(hook.into(), HookOutcome::Failed);
}

fn hang(scenario: &mut Scenario, hook: &str) {
    scenario.hooks.remove(hook);
}

fn calls<'s>(scenario: &'s Scenario, hook: &str) -> Vec<&'s HookCall> {
    let calls = scenario.effects.iter().filter_map(|effect| match effect {
        Effect::CallHook(call) if call.hook == hook => Some(call),
        _ => None,
    });
    calls.collect()
}

fn phases(scenario: &Scenario, hook: &str) -> Vec<FlaggerPhase> {
    let calls = calls(scenario, hook).into_iter();
    calls.map(|call| call.phase).collect()
}

fn cause(scenario: &Scenario) -> String {
    let ending = scenario.status().ending.unwrap();
    assert!(matches!(ending.cause, Cause::Hook(_)), "{ending:?}");
    assert_eq!(ending.outcome, Outcome::Aborted);
    ending.cause.to_string()
}

#[test]
fn nothing_begins_before_confirm_rollout_passes_and_it_is_asked_no_more_after_that() {
    let mut scenario = with_gate("type: confirm-rollout");
    scenario.looks(3, HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight, scenario.holds()),
        (Phase::Preparing, 0, vec![HoldReason::Hook])
    );
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "hook: gate (confirm-rollout): 403 Forbidden: not yet"
    );
    assert_eq!(scenario.told_of(HoldReason::Hook), 1);
    use FlaggerPhase::{Initialized, Waiting};
    assert_eq!(phases(&scenario, "gate"), [Initialized, Waiting, Waiting]);
    open(&mut scenario, "gate");
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len(), 4);
}

#[test]
fn pre_rollout_is_asked_once_the_canary_could_have_its_first_weight() {
    let mut scenario = with_gate("type: pre-rollout");
    open(&mut scenario, "gate");
    scenario.workload.canary_ready = 0;
    scenario.looks(5, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len(), 0);
    scenario.workload.canary_ready = 10;
    scenario.until_weight(5, HEALTHY);
    assert_eq!(phases(&scenario, "gate"), [FlaggerPhase::Progressing]);
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len(), 1);
}

#[test]
fn a_failing_test_before_the_first_weight_aborts_where_it_is_limited() {
    let mut scenario = with_gate("type: pre-rollout, failureLimit: 3");
    scenario.until_end(HEALTHY);
    assert_eq!(
        cause(&scenario),
        "the hook gate (pre-rollout) failed 3 times in a row: 403 Forbidden: not yet"
    );
    assert!(scenario.weights().iter().all(|weight| *weight == 0));
}

#[test]
fn each_raise_asks_once_and_no_other_step_is_played_again() {
    let mut scenario = Scenario::of_one_rate(
        "hooks: [{name: smoke, type: pre-rollout, url: 'http://a/'}, {name: gate, type: confirm-traffic-increase, url: 'http://a/'}]",
    );
    open(&mut scenario, "smoke");
    shut(&mut scenario, "gate");
    scenario.looks(10, HEALTHY);
    assert_eq!((scenario.object.weight, calls(&scenario, "smoke").len()), (0, 1));
    open(&mut scenario, "gate");
    let shut_for = calls(&scenario, "gate").len();
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len() - shut_for, 4, "5, 25, 50, 100");
    assert_eq!(calls(&scenario, "smoke").len(), 1);
}

#[test]
fn an_answer_that_passed_long_ago_is_asked_for_again() {
    let mut scenario = with_gate("type: confirm-traffic-increase");
    open(&mut scenario, "gate");
    scenario.until_weight(5, HEALTHY);
    let asked = calls(&scenario, "gate").len();
    while calls(&scenario, "gate").len() == asked {
        scenario.look(HEALTHY);
    }
    scenario.wait(Duration::from_secs(60));
    scenario.look(HEALTHY);
    assert_eq!(
        (scenario.object.weight, calls(&scenario, "gate").len()),
        (5, asked + 2)
    );
    scenario.look(HEALTHY);
    assert_eq!(scenario.object.weight, 25);
}

#[test]
fn a_shut_or_silent_gate_delays_no_abort() {
    let harmful = Served {
        errors: serin::engine::PerArm {
            canary: 0.2,
            baseline: 0.001,
        },
        ..HEALTHY
    };
    let looks_to_abort = |prepare: fn(&mut Scenario)| {
        let mut scenario = with_gate("type: confirm-traffic-increase");
        open(&mut scenario, "gate");
        scenario.until_weight(5, HEALTHY);
        prepare(&mut scenario);
        scenario.looks(30, HEALTHY);
        let mut looks = 0;
        while !scenario.rollout.phase().is_final() {
            scenario.look(harmful);
            looks += 1;
        }
        (
            looks,
            scenario.object.weight,
            scenario.status().ending.unwrap().outcome,
        )
    };
    let shut = looks_to_abort(|scenario| shut(scenario, "gate"));
    let silent = looks_to_abort(|scenario| hang(scenario, "gate"));
    assert_eq!(shut, silent);
    assert_eq!((shut.1, shut.2), (0, Outcome::Aborted));
    assert!(shut.0 <= 3, "{} looks", shut.0);
}

#[test]
fn a_rollout_hook_is_asked_at_each_look_and_holds_while_it_fails() {
    let mut scenario = with_gate("type: rollout");
    scenario.until_weight(5, HEALTHY);
    let begun = calls(&scenario, "gate").len();
    scenario.looks(30, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Hook])
    );
    assert_eq!(calls(&scenario, "gate").len() - begun, 30);
    open(&mut scenario, "gate");
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn so_many_failed_checks_in_a_row_abort() {
    let mut scenario = with_gate("type: rollout, failureLimit: 4");
    scenario.until_weight(5, HEALTHY);
    let failed = |scenario: &Scenario| calls(scenario, "gate").len();
    while failed(&scenario) < 3 {
        scenario.look(HEALTHY);
    }
    open(&mut scenario, "gate");
    scenario.look(HEALTHY);
    shut(&mut scenario, "gate");
    let passed = failed(&scenario);
    scenario.until_end(HEALTHY);
    assert_eq!(failed(&scenario) - passed, 4);
    assert!(cause(&scenario).contains("failed 4 times in a row"));
}

#[test]
fn what_was_not_called_is_no_failed_check() {
    let mut scenario = with_gate("type: rollout, failureLimit: 1");
    scenario.hooks.insert("gate".into(), HookOutcome::NotCalled);
    scenario.looks(30, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Hook])
    );
}

#[test]
fn each_weight_needs_a_pass_of_its_own() {
    let mut scenario = with_gate("type: rollout");
    open(&mut scenario, "gate");
    scenario.until_weight(25, HEALTHY);
    hang(&mut scenario, "gate");
    scenario.looks(50, HEALTHY);
    assert_eq!(scenario.object.weight, 25);
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "hook: gate (rollout): it has not answered yet"
    );
}

#[test]
fn a_promotion_waits_for_its_hook_and_the_canary_is_watched_meanwhile() {
    let mut scenario = with_gate("type: confirm-promotion");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.looks(100, HEALTHY);
    assert_eq!(
        (scenario.rollout.phase(), scenario.holds()),
        (Phase::Baking, vec![HoldReason::Hook])
    );
    assert_eq!(
        scenario.rollout.flagger_phase(scenario.now),
        FlaggerPhase::WaitingPromotion
    );
    assert!(
        phases(&scenario, "gate")
            .iter()
            .all(|phase| *phase == FlaggerPhase::Progressing)
    );
    open(&mut scenario, "gate");
    scenario.looks(2, HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
}

#[test]
fn a_rollback_hook_that_passes_aborts_also_before_anything_began() {
    let mut scenario = Scenario::of_one_rate(
        "hooks: [{name: gate, type: confirm-rollout, url: 'http://a/'}, {name: stop, type: rollback, url: 'http://a/'}]",
    );
    shut(&mut scenario, "gate");
    shut(&mut scenario, "stop");
    scenario.looks(5, HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Preparing);
    open(&mut scenario, "stop");
    scenario.look(HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Aborted);
    assert_eq!(cause(&scenario), "the hook stop (rollback) asks for it: 200 OK");
}

#[test]
fn a_rollback_hook_is_told_that_the_promotion_waits() {
    let mut scenario = Scenario::of_one_rate(
        "hooks: [{name: gate, type: confirm-promotion, url: 'http://a/'}, {name: stop, type: rollback, url: 'http://a/'}]",
    );
    shut(&mut scenario, "gate");
    shut(&mut scenario, "stop");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.looks(100, HEALTHY);
    assert_eq!(
        phases(&scenario, "stop").first(),
        Some(&FlaggerPhase::Progressing)
    );
    assert_eq!(
        phases(&scenario, "stop").last(),
        Some(&FlaggerPhase::WaitingPromotion)
    );
}

#[test]
fn the_outcome_is_told_once_and_the_rollout_is_over_once_that_was_answered() {
    for (errors, told, outcome) in [
        (0.001, FlaggerPhase::Succeeded, Outcome::Promoted),
        (0.3, FlaggerPhase::Failed, Outcome::Aborted),
    ] {
        let mut scenario = with_gate("type: post-rollout");
        hang(&mut scenario, "gate");
        let served = Served {
            errors: serin::engine::PerArm {
                canary: errors,
                baseline: 0.001,
            },
            ..HEALTHY
        };
        scenario.until_end(served);
        assert_eq!(scenario.status().ending.unwrap().outcome, outcome);
        assert_eq!(phases(&scenario, "gate"), [told]);
        assert!(!scenario.rollout.is_over() && !scenario.status().is_over());
        scenario.tell(Event::Restarted);
        let calls: Vec<HookCall> = calls(&scenario, "gate").into_iter().cloned().collect();
        assert_eq!(calls.len(), 2);
        assert_ne!(calls[0].key, calls[1].key);
        scenario.tell(answer(&calls[0], HookOutcome::Passed));
        assert!(!scenario.rollout.is_over(), "an older call");
        scenario.tell(answer(&calls[1], HookOutcome::Failed));
        assert!(scenario.rollout.is_over() && scenario.status().is_over());
    }
}

#[test]
fn answers_that_come_late_change_nothing() {
    let mut scenario = with_gate("type: rollback");
    hang(&mut scenario, "gate");
    scenario.until_weight(5, HEALTHY);
    let first = calls(&scenario, "gate")[0].clone();
    scenario.tell(Event::Restarted);
    scenario.looks(1, HEALTHY);
    let second = calls(&scenario, "gate")
        .last()
        .map(|call| (*call).clone())
        .unwrap();
    assert_ne!(first.key, second.key);
    scenario.tell(answer(&first, HookOutcome::Passed));
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
    scenario.command(Action::Abort);
    let before = scenario.rollout.clone();
    scenario.tell(answer(&second, HookOutcome::Passed));
    assert_eq!(scenario.rollout, before);
}

#[test]
fn a_gate_that_stays_shut_expires_and_is_asked_no_more_until_somebody_resumes() {
    let mut scenario = with_gate("type: confirm-traffic-increase, expires: {after: 10m}");
    scenario.looks(62, HEALTHY);
    let warned = scenario
        .notices()
        .into_iter()
        .filter(|notice| notice.urgency == Urgency::Warning)
        .filter(
            |notice| matches!(&notice.kind, NoticeKind::Holding(hold) if hold.reason == HoldReason::Hook),
        );
    let warned: Vec<&str> = warned.map(|notice| notice.text.as_str()).collect();
    assert_eq!(warned.len(), 1);
    assert!(
        warned[0].ends_with(
            "holds: gate (confirm-traffic-increase) has not passed within 10m: 403 Forbidden: not yet; resume asks it again"
        ),
        "{}",
        warned[0]
    );
    let asked = calls(&scenario, "gate").len();
    open(&mut scenario, "gate");
    scenario.looks(30, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len(), asked);
    assert_eq!(
        (scenario.object.weight, scenario.status().hooks[0].state),
        (0, HookState::Expired)
    );
    assert_eq!(scenario.command(Action::Resume), None);
    scenario.until_weight(5, HEALTHY);
}

#[test]
fn a_gate_that_stays_shut_aborts_where_its_policy_says_so() {
    let mut scenario = with_gate("type: confirm-rollout, expires: {after: 10m, then: abort}");
    scenario.looks(59, HEALTHY);
    assert_eq!(scenario.rollout.phase(), Phase::Preparing);
    scenario.looks(4, HEALTHY);
    assert_eq!(
        cause(&scenario),
        "the hook gate (confirm-rollout) has not passed within 10m: 403 Forbidden: not yet"
    );
}

#[test]
fn time_spent_waiting_for_a_gate_is_no_time_spent_looking_for_proof() {
    let mut scenario = with_gate_and(
        "type: confirm-traffic-increase",
        "maxDuration: 30m\nonInconclusive: abort",
    );
    open(&mut scenario, "gate");
    scenario.until_weight(5, HEALTHY);
    shut(&mut scenario, "gate");
    scenario.looks(720, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (5, vec![HoldReason::Hook])
    );
    open(&mut scenario, "gate");
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn an_operator_promotes_past_a_gate() {
    let mut scenario = with_gate("type: rollout");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(5, HEALTHY);
    assert_eq!(scenario.holds(), [HoldReason::Hook]);
    assert_eq!(scenario.command(Action::Promote), None);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn a_rollout_that_only_observes_calls_nobody() {
    let mut scenario = with_gate_and("type: confirm-rollout", "mode: observe");
    scenario.looks(30, HEALTHY);
    assert_eq!(
        (calls(&scenario, "gate").len(), scenario.status().hooks.len()),
        (0, 0)
    );
    assert_ne!(scenario.rollout.phase(), Phase::Preparing);
}

#[test]
fn another_process_goes_on_with_what_was_answered() {
    let mut scenario = Scenario::of_one_rate(
        "hooks: [{name: gate, type: confirm-rollout, url: 'http://a/'}, {name: load, type: rollout, url: 'http://a/'}]",
    );
    open(&mut scenario, "gate");
    hang(&mut scenario, "load");
    scenario.until_weight(5, HEALTHY);
    scenario.looks(2, HEALTHY);
    let stored = serde_json::to_string(&scenario.rollout).unwrap();
    scenario.rollout = serde_json::from_str::<Rollout>(&stored).unwrap();
    scenario.tell(Event::Restarted);
    open(&mut scenario, "load");
    scenario.until(Phase::Succeeded, HEALTHY);
    assert_eq!(calls(&scenario, "gate").len(), 1);
}

#[test]
fn what_was_stored_before_there_were_hooks_is_read() {
    let scenario = Scenario::of_one_rate("");
    let stored = serde_json::to_value(&scenario.rollout).unwrap();
    assert_eq!(stored.get("hooks"), None);
    assert_eq!(
        serde_json::from_value::<Rollout>(stored).unwrap(),
        scenario.rollout
    );
}
