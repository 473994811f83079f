//! Whole rollouts by what a real Prometheus says.

use serde_json::{Value, json};
use serin::demo::service::Behaviour;

use super::world::{INTERVAL, World};
use crate::world::pod::HEALTHY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_canary_is_promoted() {
    let rollout = rollout(&mut World::start().await, HEALTHY).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
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

/// A number that stands alone: the share of bad answers, as a rate over five seconds has it.
const AS_A_VALUE: &str = r#"---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: bad-share}
spec:
  value:
    query: |
      scalar(
        (sum(rate(http_requests_total{namespace="${namespace}", workload="${workload}", code=~"5.."}[5s])) or vector(0))
          / sum(rate(http_requests_total{namespace="${namespace}", workload="${workload}"}[5s]))
      )
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_promotes_by_looks_in_a_row() {
    let rollout = rollout(&mut judged_by_value().await, HEALTHY).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_aborts_by_looks_in_a_row() {
    let errors = Behaviour {
        error_rate: 0.5,
        ..HEALTHY
    };
    let mut world = judged_by_value().await;
    let rollout = rollout(&mut world, errors).await;
    assert_eq!(rollout["phase"], "aborted", "{rollout}");
    let value = &rollout["verdict"]["metrics"][1]["value"];
    assert_eq!(value["runs"]["canary"]["breaks"], true, "{rollout}");
}

/// A world whose Canary is judged by a value, beside a success rate with a margin that nothing breaks.
async fn judged_by_value() -> World {
    let world = World::start().await;
    let file = world.home.canaries().join("canary.yaml");
    let manifest = std::fs::read_to_string(&file).unwrap();
    let metrics = manifest.split("    metrics:\n").nth(1).unwrap();
    let metrics = metrics.split("  promotion:").next().unwrap().to_owned();
    let instead = "    - {template: http-success-rate, margin: {absolute: 90%}}\n    - {template: bad-share, threshold: {max: 0.1, looks: 3}}\n";
    world.home.edit(&file, &metrics, instead);
    std::fs::write(world.home.canaries().join("bad-share.yaml"), AS_A_VALUE).unwrap();
    world
}

/// So many rollouts of such a canary as `SERIN_CLOSED_LOOPS` says, one without it: each is aborted, and the median of how long that took
/// is printed.
async fn aborted(canary: Behaviour, what: &str) {
    let loops = std::env::var("SERIN_CLOSED_LOOPS").map_or(1, |loops| loops.parse().expect("a number"));
    let mut polls = Vec::new();
    for _ in 0..loops {
        let mut world = World::start().await;
        let rollout = rollout(&mut world, canary).await;
        assert_eq!(rollout["phase"], "aborted", "{rollout}");
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

/// How the rollout of such a canary ends in `world`.
async fn rollout(world: &mut World, canary: Behaviour) -> Value {
    world.canary_behaves(canary);
    world.begin();
    let daemon = world.serve().await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    daemon.until("ended", has_ended).await
}

pub(super) fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}
