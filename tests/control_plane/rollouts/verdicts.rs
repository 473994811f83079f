use serde_json::Value;
use serin::demo::service::Behaviour;

use super::world::World;
use super::{SHARED, has_ended};
use crate::world::patience::until;
use crate::world::pod::HEALTHY;

/// The version that the README gives to the canary.
const NEXT: &str = "example.com/checkout:1.1";

#[tokio::test]
async fn a_healthy_canary_becomes_the_new_stable() {
    let (world, rollout) = rollout("healthy", "healthy/checkout", HEALTHY).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
    assert_eq!(world.image("checkout-stable").await, NEXT);
    assert_eq!(world.weight().await, 0);
    world.cluster.until_rolled_out("healthy", "checkout-stable").await;
    world.as_the_readme_says("kubectl -n shop wait");
    let answers = world.callers().answers();
    assert_eq!((answers.failed, answers.bad.len()), (0, 0), "{answers:?}");
}

#[tokio::test]
async fn a_canary_with_five_percent_errors_is_aborted() {
    let errors = Behaviour {
        error_rate: 0.05,
        ..HEALTHY
    };
    aborted(["errors-0", "errors-0/checkout"], errors, "5 % errors").await;
}

#[tokio::test]
async fn a_canary_that_is_half_as_slow_again_is_aborted() {
    let slow = Behaviour {
        latency_factor: HEALTHY.latency_factor * 1.5,
        ..HEALTHY
    };
    aborted(["slow-0", "slow-0/checkout"], slow, "latencies +50 %").await;
}

#[tokio::test]
async fn a_canary_that_crashes_in_a_loop_never_gets_traffic() {
    let mut world = World::start(&SHARED, "crashing", "crashing/checkout").await;
    world.begin();
    let daemon = world.serve().await;
    let crash = r#"{"spec": {"template": {"metadata": {"annotations": {"test/fail": "CrashLoopBackOff"}}}}}"#;
    world.kubectl(&[
        "patch",
        "deployment",
        "checkout-canary",
        "--type=merge",
        "--patch",
        crash,
    ]);
    let rollout = daemon
        .until("held for its pods", |rollout| {
            let holds = rollout["holds"].as_array().into_iter().flatten();
            holds
                .clone()
                .any(|hold| hold["reason"] == "not-ready" && hold.to_string().contains("CrashLoopBackOff"))
        })
        .await;
    assert_eq!(rollout["weight"], 0, "{rollout}");
    world.callers().until_answered(400).await;
    assert_eq!(world.weight().await, 0);
    assert_eq!(world.checkout.backends.served("checkout-canary").requests, 0);
}

/// Such a canary is aborted, and it is printed how long that took.
async fn aborted([namespace, canary]: [&'static str; 2], behaviour: Behaviour, what: &str) {
    let (world, rollout) = rollout(namespace, canary, behaviour).await;
    assert_eq!(rollout["phase"], "aborted", "{rollout}");
    assert_eq!(world.weight().await, 0);
    let envoy = world.cluster.mesh().envoy();
    envoy
        .until_weights(&world.checkout.service, &[("stable", 100)])
        .await;
    world.callers().until_answered(100).await;
    let last = world.checkout.backends.last_answer("checkout-canary").unwrap();
    let took = last.since(world.visible_since().await);
    println!("{what}: {took:.1?} from the first scrape of the canary to its last request through Envoy");
    assert_eq!(world.image("checkout-stable").await, "example.test/checkout:1.0");
}

/// How the rollout of such a canary ends.
async fn rollout(namespace: &'static str, canary: &'static str, behaviour: Behaviour) -> (World, Value) {
    let mut world = World::start(&SHARED, namespace, canary).await;
    world.checkout.backends.behave("checkout-canary", behaviour);
    world.begin();
    let daemon = world.serve().await;
    world.release();
    let rollout = daemon.until("ended", has_ended).await;
    until("the status says so", async || {
        let status = &world.canary().await["status"];
        (status["phase"] == rollout["phase"]).then_some(())
    })
    .await;
    (world, rollout)
}
