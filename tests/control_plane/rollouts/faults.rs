use serde_json::Value;

use super::has_ended;
use super::world::World;
use crate::world::cluster::{Mesh, Shared};

/// Their own: their faults are everybody's.
static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

#[tokio::test]
async fn a_weight_that_istiod_does_not_pass_on_is_a_hold_and_no_promotion() {
    let mut world = World::start(&SHARED, "unpassed").await;
    world.begin();
    let daemon = world.serve().await;
    let istiod = world.cluster.mesh().istiod();
    istiod.stop();
    world.release();
    daemon.until("held for its first weight", is_unconfirmed).await;
    assert_eq!(world.checkout.backends.served("checkout-canary").requests, 0);

    istiod.cont();
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
}

fn is_unconfirmed(rollout: &Value) -> bool {
    let mut holds = rollout["holds"].as_array().into_iter().flatten();
    rollout["weight"] == 5 && holds.any(|hold| hold["reason"] == "unconfirmed-weight")
}
