use serde_json::Value;
use serin::demo::service::Behaviour;

use super::weights::assert_sane;
use super::world::{NEXT, OLD, STEPS, World};
use super::{SHARED, has_ended};
use crate::world::pod::HEALTHY;

#[tokio::test]
async fn a_healthy_canary_becomes_the_new_stable() {
    let (world, rollout) = rollout("healthy", HEALTHY).await;
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
    aborted("errors", errors, "5 % errors").await;
}

#[tokio::test]
async fn a_canary_that_is_half_as_slow_again_is_aborted() {
    let slow = Behaviour {
        latency_factor: HEALTHY.latency_factor * 1.5,
        ..HEALTHY
    };
    aborted("slow", slow, "latencies +50 %").await;
}

#[tokio::test]
async fn a_canary_that_crashes_in_a_loop_never_gets_traffic() {
    let mut world = World::start(&SHARED, "crashing").await;
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

/// So many rollouts of such a canary as `SERIN_CLOSED_LOOPS` says, one without it: each is aborted, and it is printed how long that took.
async fn aborted(place: &str, behaviour: Behaviour, what: &str) {
    let loops = std::env::var("SERIN_CLOSED_LOOPS").map_or(1, |loops| loops.parse().unwrap());
    let (mut written, mut over) = (Vec::new(), Vec::new());
    for number in 0..loops {
        let (world, rollout) = rollout(&format!("{place}-{number}"), behaviour).await;
        assert_eq!(rollout["phase"], "aborted", "{rollout}");
        assert_eq!(world.image("checkout-stable").await, OLD);
        let envoy = world.cluster.mesh().envoy();
        envoy
            .until_weights(&world.checkout.service, &[("stable", 100)])
            .await;
        world.callers().until_answered(100).await;
        let versions = world.weights();
        assert_sane(&versions, &STEPS);
        let abort = versions.iter().find(|version| version.is_aborted()).unwrap();
        let visible = world.visible_since().await;
        let last = world.checkout.backends.last_answer("checkout-canary").unwrap();
        written.push(abort.at.since(visible).as_secs_f64());
        over.push(last.since(visible).as_secs_f64());
    }
    for (times, end) in [
        (&mut written, "weight 0 in the API server"),
        (&mut over, "its last request through Envoy"),
    ] {
        times.sort_by(f64::total_cmp);
        let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{what}: from the first scrape of the canary to {end}: median {median:.1} s, most {most:.1} s, of {loops}"
        );
    }
}

/// How the rollout of such a canary ends, in a place of this name.
async fn rollout(place: &str, behaviour: Behaviour) -> (World, Value) {
    let mut world = World::start(&SHARED, place).await;
    world.checkout.backends.behave("checkout-canary", behaviour);
    world.begin();
    let daemon = world.serve().await;
    world.release();
    let rollout = daemon.until("ended", has_ended).await;
    world.until_told(&rollout["phase"]).await;
    (world, rollout)
}
