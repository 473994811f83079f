//! What people may ask for.

use serin::engine::{Action, Effect, HoldReason, Leave, Phase, Raise};
use serin::spec::PromotionWorkload;

use super::object::Object;
use super::scenario::{ONE_RATE, Scenario};
use super::served::{HEALTHY, Poll};
use crate::world::canary::canary;

fn at_25_percent() -> Scenario {
    let mut scenario = Scenario::of_one_rate("");
    scenario.until_weight(25, HEALTHY);
    scenario
}

#[test]
fn a_paused_rollout_keeps_judging_and_stays_until_it_is_resumed() {
    let mut scenario = at_25_percent();
    assert_eq!(scenario.command(Action::Pause), None);
    scenario.looks(50, HEALTHY);
    assert_eq!(
        (scenario.object.weight, scenario.holds()),
        (25, vec![HoldReason::Paused])
    );
    assert_eq!(scenario.command(Action::Resume), None);
    scenario.until(Phase::Succeeded, HEALTHY);
}

#[test]
fn there_is_nothing_to_resume_where_nothing_holds() {
    let mut scenario = at_25_percent();
    let refused = scenario.command(Action::Resume);
    assert_eq!(
        refused.as_deref(),
        Some("nothing holds the rollout that a resume could end")
    );
}

#[test]
fn promote_skips_the_remaining_gates_and_says_so() {
    let mut scenario = at_25_percent();
    scenario.look(HEALTHY);
    assert_eq!(scenario.command(Action::Promote), None);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Succeeded, 100)
    );
    let by_operator = |effect: &Effect| {
        matches!(
            effect,
            Effect::Raise(Raise {
                from: 25,
                to: 100,
                leave: Leave::Operator,
                ..
            })
        )
    };
    assert!(scenario.effects.iter().any(by_operator));
    let reason = scenario.status().ending.unwrap().cause.to_string();
    assert!(reason.contains("an operator asked for it"), "{reason}");
}

#[test]
fn promote_is_refused_without_data() {
    let mut scenario = at_25_percent();
    scenario.look(Poll::SourceDown);
    let refused = scenario.command(Action::Promote);
    assert_eq!(
        refused.as_deref(),
        Some("the verdict is no-data; wait for a look with data")
    );
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Analysing, 25)
    );
}

#[test]
fn promote_is_refused_on_an_old_look() {
    let mut scenario = at_25_percent();
    scenario.wait(std::time::Duration::from_secs(60));
    assert!(scenario.command(Action::Promote).unwrap().contains("no-data"));
}

#[test]
fn promote_is_refused_before_the_first_step() {
    let mut scenario = Scenario::of_one_rate("");
    let refused = scenario.command(Action::Promote);
    assert_eq!(
        refused.as_deref(),
        Some("a rollout that is preparing cannot be promoted")
    );
}

#[test]
fn promote_is_refused_while_the_rollout_is_paused() {
    let mut scenario = at_25_percent();
    scenario.look(HEALTHY);
    scenario.command(Action::Pause);
    assert!(scenario.command(Action::Promote).unwrap().starts_with("paused"));
    assert_eq!(scenario.rollout.phase(), Phase::Analysing);
}

#[test]
fn promote_needs_the_replicas_for_all_of_the_traffic() {
    let mut scenario = at_25_percent();
    scenario.workload.canary_ready = 3;
    scenario.look(HEALTHY);
    assert_eq!(scenario.holds(), [], "three are enough for the next step");
    let refused = scenario.command(Action::Promote);
    assert_eq!(
        refused.as_deref(),
        Some("capacity: 100 % needs 5 ready canary replicas and there are 3")
    );
}

#[test]
fn promote_needs_no_more_replicas_where_the_canary_is_copied() {
    let mut canary = canary(ONE_RATE);
    canary.promotion.workload = PromotionWorkload::Copy;
    let mut scenario = Scenario::with(canary, Object::resting_at(0));
    scenario.until_weight(25, HEALTHY);
    scenario.workload.canary_ready = 2;
    scenario.look(HEALTHY);
    assert_eq!(scenario.command(Action::Promote), None);
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Succeeded, 0)
    );
}

#[test]
fn promote_ends_a_bake() {
    let mut scenario = Scenario::of_one_rate("promotion: {bake: 1h}");
    scenario.until(Phase::Baking, HEALTHY);
    scenario.look(HEALTHY);
    assert_eq!(scenario.command(Action::Promote), None);
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
}
