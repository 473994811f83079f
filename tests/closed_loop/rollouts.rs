//! Whole rollouts by what a real Prometheus says.

use serde_json::{Value, json};
use serin::demo::service::Behaviour;

use super::world::{INTERVAL, World};
use crate::world::pod::HEALTHY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_canary_is_promoted() {
    let (phase, _) = rollout(HEALTHY).await;
    assert_eq!(phase, "succeeded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_with_five_percent_errors_is_aborted() {
    let errors = Behaviour {
        error_rate: 0.05,
        ..HEALTHY
    };
    aborted(errors, "5 % errors").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_is_half_as_slow_again_is_aborted() {
    let slow = Behaviour {
        latency_factor: HEALTHY.latency_factor * 1.5,
        ..HEALTHY
    };
    aborted(slow, "latencies +50 %").await;
}

/// So many rollouts of such a canary as `SERIN_CLOSED_LOOPS` says, one without it: each is aborted, and the median of how long that took
/// is printed.
async fn aborted(canary: Behaviour, what: &str) {
    let loops = std::env::var("SERIN_CLOSED_LOOPS").map_or(1, |loops| loops.parse().expect("a number"));
    let mut polls = Vec::new();
    for _ in 0..loops {
        let (phase, mut world) = rollout(canary).await;
        assert_eq!(phase, "aborted");
        // Envoy's own weights say it, and then nobody comes any more.
        world.envoy.until_weights(&[("stable", 100), ("canary", 0)]).await;
        world.end().await;
        polls.push(world.reaction().as_secs_f64() / INTERVAL.as_secs_f64());
    }
    polls.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.1} polls from the first bad scrape to the last canary request, the median of {loops} ({polls:.1?})",
        polls[polls.len() / 2]
    );
}

/// The phase in which the rollout of such a canary ends, and the world after it.
async fn rollout(canary: Behaviour) -> (String, World) {
    let mut world = World::start().await;
    world.canary_behaves(canary);
    world.begin();
    let daemon = world.serve().await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    let rollout = daemon.until("ended", has_ended).await;
    (rollout["phase"].as_str().unwrap().to_owned(), world)
}

pub(super) fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}
