//! A daemon that calls out: hooks hold what they are to hold, and nothing else waits for them.

use serin::driver::StartError;
use serin::engine::{HoldReason, Outcome, Phase};
use serin::spec::Hook;

use crate::world::World;
use crate::world::canary::canary;
use crate::world::gates::Gate;
use crate::world::oracle::replay;

fn hooks(hooks: &str) -> Vec<Hook> {
    canary(&format!("hooks: [{hooks}]")).hooks
}

/// A world whose Canary has these hooks.
fn world_with(written: &str) -> World {
    World::new().with(|canary| canary.hooks = hooks(written))
}

fn holds(world: &World) -> Vec<HoldReason> {
    world.status().holds.iter().map(|hold| hold.reason).collect()
}

#[tokio::test(start_paused = true)]
async fn a_shut_gate_holds_the_raise_and_an_open_one_lets_it_go() {
    let world = world_with("{name: gate, type: confirm-traffic-increase, url: 'http://gate.test/'}").start();
    world.weight(5).await;
    world.gates.set("gate", Gate::Closed);
    world.pass(600).await;
    assert_eq!(
        (world.status().weight, holds(&world)),
        (5, vec![HoldReason::Hook])
    );
    world.gates.set("gate", Gate::Open);
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn gates_that_never_answer_delay_no_abort() {
    let took = |written: &'static str| async move {
        let mut world = world_with(written).start();
        world.weight(5).await;
        for hook in ["gate", "load", "news", "last"] {
            world.gates.set(hook, Gate::Hangs);
        }
        world.pass(60).await;
        let failing_since = world.clock.now();
        world = world.errors(0.3);
        world.until("aborted", World::is_aborted).await;
        world.clock.now().since(failing_since)
    };
    let without = took("").await;
    let with = took(
        "{name: gate, type: confirm-traffic-increase, url: 'http://a/'}, {name: load, type: rollout, url: 'http://a/'}, \
         {name: news, type: event, url: 'http://a/'}, {name: last, type: post-rollout, url: 'http://a/'}",
    )
    .await;
    assert!(with <= without, "{with:?} with hooks, {without:?} without");
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_the_middle_of_a_call_asks_again_and_is_replayed() {
    let mut world = world_with(
        "{name: begin, type: confirm-rollout, url: 'http://a/'}, {name: load, type: rollout, url: 'http://a/'}",
    )
    .start();
    world.weight(5).await;
    world.gates.set("load", Gate::Hangs);
    world.pass(60).await;
    world.restart().await;
    world.gates.set("load", Gate::Open);
    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.gates.calls_of("begin"), 1);
    let entries = world.journal.entries(&world.id);
    assert_eq!(
        replay(&entries).unwrap(),
        world.journal.newest(&world.id).unwrap().rollout
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_hook_hears_all_the_news() {
    let world = world_with("{name: news, type: event, url: 'http://a/'}").start();
    world.end().await;
    let heard: Vec<_> = world.gates.called();
    let told = world.people.delivered();
    assert_eq!(
        heard.iter().map(|called| &called.key).collect::<Vec<_>>(),
        told.iter().map(|delivered| &delivered.key).collect::<Vec<_>>()
    );
    let last = heard.last().unwrap();
    assert_eq!(
        (last.phase, last.news["eventType"].as_str()),
        ("Succeeded", "Normal")
    );
    assert!(last.news["eventMessage"].contains("promoted"), "{last:?}");
    assert_eq!(last.news["timestamp"].len(), "1700000000000".len());
}

#[tokio::test(start_paused = true)]
async fn the_next_rollout_waits_until_the_outcome_was_told() {
    let world = world_with("{name: last, type: post-rollout, url: 'http://a/', timeout: 30s}").start();
    world.gates.set("last", Gate::Hangs);
    world.end().await;
    assert_eq!(world.phase(), Phase::Succeeded);
    let again = || world.driver.start(world.canary.clone(), "v3".into());
    assert!(matches!(again(), Err(StartError::ClearingUp { .. })));
    world.pass(60).await;
    assert!(again().is_ok());
    world.pass(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_was_not_told_is_told_by_the_next_process() {
    let mut world = world_with("{name: last, type: post-rollout, url: 'http://a/'}").start();
    world.gates.set("last", Gate::Hangs);
    world.end().await;
    world.gates.set("last", Gate::Open);
    assert_eq!(world.restart().await, 1);
    world.pass(1).await;
    assert_eq!(world.gates.calls_of("last"), 2);
    assert_eq!(world.restart().await, 0);
}

#[tokio::test(start_paused = true)]
async fn answers_that_come_together_are_one_transaction() {
    let world = world_with(
        "{name: a, type: rollout, url: 'http://a/'}, {name: b, type: rollout, url: 'http://a/'}, {name: c, type: rollout, url: 'http://a/'}",
    )
    .start();
    world.weight(5).await;
    world.pass(60).await;
    let transactions = world.journal.hook_answers();
    assert!(!transactions.is_empty());
    assert!(
        transactions.iter().all(|answers| *answers == 3),
        "{transactions:?}"
    );
}
