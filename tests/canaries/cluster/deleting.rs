//! Canaries that are deleted.

use serde_json::{Value, json};
use serin::engine::{Cause, Phase};

use super::world::World;
use crate::world::patience::until;

fn is_held(canary: &Value) -> bool {
    canary["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|finalizers| finalizers.contains(&json!("serin.dev/rollback")))
}

/// The Canary is deleted while no write reaches its route.
async fn delete_without_a_route(world: &World) {
    world
        .route
        .every_write(Some(crate::world::route::RouteFault::Unreachable));
    world.server.delete("canaries", "shop", "checkout");
    world
        .until("aborting", |status| status.phase == Phase::Aborting)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_canary_is_aborted_first() {
    let world = World::seen().await;
    world.edit(|canary| canary["metadata"]["finalizers"] = json!(["example.com/other"]));
    world.roll_out("v2");
    let rollout = world.until("at 5 %", |status| status.step.is_some()).await;
    world.when("held", is_held).await;
    delete_without_a_route(&world).await;
    assert!(is_held(&world.canary()), "it stays while its traffic is not back");
    world.route.every_write(None);

    let ended = world.until("ended", |status| status.phase.is_final()).await;
    assert_eq!(ended.id, rollout.id);
    assert_eq!(ended.ending.unwrap().cause, Cause::Deleted);
    assert_eq!(world.route.weight(), 0);
    let left = world.when("let go", |canary| !is_held(canary)).await;
    assert_eq!(
        left["metadata"]["finalizers"],
        json!(["example.com/other"]),
        "the others' are theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_without_a_rollout_is_not_held() {
    let world = World::seen().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.when("held", is_held).await;
    world.abort().await;
    world.when("let go", |canary| !is_held(canary)).await;

    world.server.delete("canaries", "shop", "checkout");

    assert!(world.server.find("canaries", "shop", "checkout").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_deleted_while_no_daemon_ran_is_aborted_and_let_go() {
    let mut world = World::seen().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.when("held", is_held).await;
    world.journalled().await;
    world.kill();
    world.server.delete("canaries", "shop", "checkout");
    assert!(is_held(&world.canary()));

    world.start_daemon().await;

    until("gone", async || {
        let left = world.server.find("canaries", "shop", "checkout");
        left.is_none().then_some(())
    })
    .await;
    assert_eq!(world.route.weight(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_rolled_back_is_let_go_in_the_end() {
    let world = World::seen().await;
    world.roll_out("v2");
    world.until("at 5 %", |status| status.step.is_some()).await;
    world.when("held", is_held).await;
    delete_without_a_route(&world).await;

    world.clock.skip(std::time::Duration::from_secs(11 * 60));

    until("gone", async || {
        let left = world.server.find("canaries", "shop", "checkout");
        left.is_none().then_some(())
    })
    .await;
}
