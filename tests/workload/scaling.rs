use serde_json::{Value, json};
use serin::driver::ports::Workloads;
use serin::spec::Scaling;

use super::pair::{CANARY, Pair, ROLLOUT};

/// A pair whose canary is Serin's to scale.
async fn pair() -> Pair {
    let mut pair = Pair::ready().await;
    pair.canary.scaling = Scaling::Auto;
    pair
}

fn replicas(pair: &Pair) -> Value {
    pair.deployment(CANARY)["spec"]["replicas"].clone()
}

/// An autoscaler of the canary.
fn autoscaler() -> Value {
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "load"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": CANARY}},
    })
}

#[tokio::test]
async fn a_canary_is_scaled_up_and_never_down() {
    let pair = pair().await;
    for (asked, found) in [(5, 5), (2, 5)] {
        pair.workloads.scale(&pair.canary, ROLLOUT, asked).await.unwrap();
        assert_eq!(replicas(&pair), found);
    }
    let seen = pair.observe().await.scaling.expect("it is Serin's to scale");
    assert_eq!(
        (seen.replicas, seen.rollout.as_deref(), seen.owner),
        (5, Some(ROLLOUT), None)
    );
}

#[tokio::test]
async fn a_canary_is_scaled_to_none_once_its_rollout_has_ended() {
    let pair = pair().await;
    pair.workloads.scale(&pair.canary, ROLLOUT, 3).await.unwrap();
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(replicas(&pair), 0);
}

#[tokio::test]
async fn pods_that_another_rollout_needs_by_then_are_left() {
    let pair = pair().await;
    pair.workloads.scale(&pair.canary, ROLLOUT, 3).await.unwrap();
    pair.workloads.scale(&pair.canary, "shop-2", 3).await.unwrap();
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(replicas(&pair), 3);
}

#[tokio::test]
async fn another_rollout_that_comes_between_the_read_and_the_write_keeps_its_pods() {
    let pair = pair().await;
    pair.workloads.scale(&pair.canary, ROLLOUT, 3).await.unwrap();
    pair.server.on_next_write(|store| {
        store.edit("deployments", "default", CANARY, |canary| {
            canary["metadata"]["annotations"]["serin.dev/rollout"] = json!("shop-2");
        });
    });
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(replicas(&pair), 3);
}

#[tokio::test]
async fn an_autoscaler_keeps_its_replicas() {
    let pair = pair().await;
    pair.workloads.scale(&pair.canary, ROLLOUT, 3).await.unwrap();
    pair.server.put(autoscaler());
    pair.workloads.scale(&pair.canary, ROLLOUT, 8).await.unwrap();
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(replicas(&pair), 3);
    let seen = pair.observe().await.scaling.expect("it is asked for");
    assert_eq!(
        seen.owner.as_deref(),
        Some("HorizontalPodAutoscaler default/load")
    );
}

#[tokio::test]
async fn a_canary_that_is_not_serins_to_scale_is_left() {
    let pair = Pair::ready().await;
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(replicas(&pair), 3);
    assert_eq!(pair.observe().await.scaling, None);
}

#[tokio::test]
async fn only_the_replicas_and_one_annotation_change() {
    let pair = pair().await;
    let before = pair.deployment(CANARY);
    pair.workloads.scale(&pair.canary, ROLLOUT, 5).await.unwrap();
    let mut after = pair.deployment(CANARY);
    assert_eq!(
        after["metadata"]["annotations"],
        json!({"serin.dev/rollout": ROLLOUT})
    );
    after["spec"]["replicas"] = json!(3);
    assert_eq!(after["spec"], before["spec"]);
}
