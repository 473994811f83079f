//! What people do with `serin rollback` is journalled by the daemon that comes by.

use serde_json::json;
use serin::driver::Input;
use serin::engine::{Event, Rollback, Version};
use serin::spec::Timestamp;

use super::world::World;
use crate::world::patience::until;

fn rollback(of: &str) -> Rollback {
    let version = |image: &str| Version {
        revision: format!("revision-of-{image}"),
        images: vec![image.to_owned()],
    };
    Rollback {
        id: "checkout-rollback-1".to_owned(),
        of: of.to_owned(),
        by: "ada".to_owned(),
        reason: "checkouts fail".to_owned(),
        at: Timestamp(1_700_000_000_000),
        from: version("v2"),
        to: version("v1"),
        is_put_back: false,
    }
}

/// Somebody rolls back what this rollout promoted.
fn roll_back(world: &World, of: &str) -> Rollback {
    let rollback = rollback(of);
    let note = serde_json::to_string(&rollback).unwrap();
    world
        .server
        .edit("deployments", "shop", "checkout-stable", |stable| {
            stable["metadata"]["annotations"]["serin.dev/rolled-back"] = json!(note);
        });
    rollback
}

/// The rollbacks that the journal of this rollout has, once it has one.
async fn journalled(world: &World, rollout: &str) -> Vec<Rollback> {
    until("journalled", async || {
        world.skip();
        let rollbacks = world
            .entries(rollout)
            .await
            .into_iter()
            .filter_map(|entry| match entry.input {
                Input::Event(Event::RolledBack(rollback)) => Some(rollback),
                _ => None,
            });
        let rollbacks: Vec<Rollback> = rollbacks.collect();
        (!rollbacks.is_empty()).then_some(rollbacks)
    })
    .await
}

/// A rollout that has ended.
async fn ended(world: &World) -> String {
    world.roll_out("v2");
    let rollout = world.until("at 5 %", |status| status.weight == 5).await.id;
    world.abort().await;
    world.until("over", serin::engine::Status::is_over).await;
    rollout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_in_the_journal_of_the_rollout_that_it_undid_and_is_told() {
    let world = World::seen().await;
    let rollout = ended(&world).await;

    let rollback = roll_back(&world, &rollout);

    assert_eq!(journalled(&world, &rollout).await, [rollback]);
    let told = until("told", async || {
        let events = world.server.objects("events");
        events.into_iter().find(|event| event["reason"] == "RolledBack")
    })
    .await;
    let note = told["note"].as_str().unwrap();
    assert!(
        note.ends_with(
            "ada rolled stable back from v2 (revision-of-v2) to v1 (revision-of-v1): checkouts fail"
        ),
        "{note}"
    );
    let shown = world.until("shown", |status| status.rolled_back.is_some()).await;
    assert_eq!(shown.id, rollout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_without_a_daemon_is_journalled_by_the_next_one_and_once() {
    let mut world = World::seen().await;
    let rollout = ended(&world).await;
    world.kill();
    let rollback = roll_back(&world, &rollout);

    world.start_daemon().await;
    assert_eq!(
        journalled(&world, &rollout).await,
        std::slice::from_ref(&rollback)
    );
    world.restart().await;
    world.deployments_seen().await;

    assert_eq!(journalled(&world, &rollout).await, [rollback]);
}
