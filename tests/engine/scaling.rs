//! The canary's replicas, where they are Serin's to ask for.

use serin::engine::{Action, CanaryScaling, Effect, Event, HoldReason, Phase};

use super::scenario::Scenario;
use super::served::HEALTHY;

/// Ten stable pods, and a canary of `replicas` pods, all ready, that `rollout` scaled last.
fn scaled(fields: &str, replicas: u32, rollout: &str) -> Scenario {
    let mut scenario = Scenario::of_one_rate(fields);
    scenario.workload.canary_ready = replicas;
    scenario.workload.scaling = Some(CanaryScaling {
        replicas,
        rollout: Some(rollout.to_owned()),
        owner: None,
    });
    scenario
}

/// The replicas that were asked for, in order; each told once in a row.
fn asked(scenario: &Scenario) -> Vec<u32> {
    let replicas = scenario.effects.iter().filter_map(|effect| match effect {
        Effect::ScaleCanary { replicas } => Some(*replicas),
        _ => None,
    });
    let mut replicas: Vec<u32> = replicas.collect();
    replicas.dedup();
    replicas
}

/// The canary has what was asked for last.
fn obey(scenario: &mut Scenario) {
    let replicas = *asked(scenario).last().expect("something was asked for");
    scenario.workload.canary_ready = replicas;
    scenario.workload.scaling = Some(CanaryScaling {
        replicas,
        rollout: Some("checkout-1".into()),
        owner: None,
    });
}

#[test]
fn a_canary_of_no_pods_gets_those_of_the_first_step_and_one_at_least() {
    let mut scenario = scaled("steps: [{weight: 1}, {weight: 100}]", 0, "checkout-0");
    scenario.look(HEALTHY);
    assert_eq!(asked(&scenario), [1]);
    let mut scenario = scaled(
        "steps: [{weight: 50}, {weight: 100}]\ncapacity: 100%",
        0,
        "checkout-0",
    );
    scenario.look(HEALTHY);
    assert_eq!(asked(&scenario), [5]);
}

#[test]
fn each_steps_pods_are_asked_for_while_the_step_before_it_serves() {
    let mut scenario = scaled(
        "steps: [{weight: 20}, {weight: 60}, {weight: 100}]",
        0,
        "checkout-0",
    );
    scenario.look(HEALTHY);
    obey(&mut scenario);
    for weight in [20, 60, 100] {
        scenario.until_weight(weight, HEALTHY);
        scenario.look(HEALTHY);
        obey(&mut scenario);
    }
    assert_eq!(asked(&scenario), [1, 3, 5]);
}

#[test]
fn what_is_there_is_enough_and_is_noted_once() {
    let mut scenario = scaled("", 10, "checkout-0");
    scenario.look(HEALTHY);
    assert_eq!(
        asked(&scenario),
        [10],
        "taken from the rollout before, and not fewer"
    );
    obey(&mut scenario);
    scenario.effects.clear();
    scenario.until(Phase::Baking, HEALTHY);
    assert_eq!(asked(&scenario), [0; 0]);
}

#[test]
fn what_an_autoscaler_has_is_left_alone_and_the_hold_says_whose_it_is() {
    let mut scenario = scaled("steps: [{weight: 60}, {weight: 100}]", 1, "checkout-0");
    if let Some(scaling) = &mut scenario.workload.scaling {
        scaling.owner = Some("HorizontalPodAutoscaler shop/load".into());
    }
    scenario.looks(20, HEALTHY);
    assert_eq!(asked(&scenario), [0; 0]);
    let holds = scenario.status().holds;
    let capacity = holds.iter().find(|hold| hold.reason == HoldReason::Capacity);
    let words = capacity.expect("one pod is too few").to_string();
    assert!(
        words.ends_with("HorizontalPodAutoscaler shop/load scales it, and not Serin"),
        "{words}"
    );
}

#[test]
fn nothing_is_asked_for_where_it_is_not_serins_to_do() {
    let mut observing = scaled("mode: observe", 0, "checkout-0");
    observing.looks(5, HEALTHY);
    assert_eq!(asked(&observing), [0; 0]);
    let mut unscaled = Scenario::of_one_rate("");
    unscaled.workload.canary_ready = 0;
    unscaled.looks(5, HEALTHY);
    assert_eq!(asked(&unscaled), [0; 0]);
}

#[test]
fn an_aborted_canary_is_not_scaled_up_any_more() {
    let mut scenario = scaled("", 1, "checkout-1");
    scenario.until_weight(5, HEALTHY);
    scenario.writes = super::scenario::Writes::Hanging;
    scenario.command(Action::Abort);
    assert_eq!(scenario.rollout.phase(), Phase::Aborting);
    scenario.effects.clear();
    scenario.workload.scaling = Some(CanaryScaling::default());
    scenario.tell(Event::Workload(scenario.workload.clone()));
    assert_eq!(asked(&scenario), [0; 0]);
}
