//! What kubectl shows of a status.

use serde_json::{Value, json};
use serin::engine::{Phase, VerdictKind};
use serin::kubernetes::status::{CanaryStatus, Condition, ConditionStatus, READY};

use super::IN_CLUSTER;
use crate::control_plane::installed::{apply, installed};
use crate::world::canary::document_with;
use crate::world::cluster::MERGE_PATCH;

#[tokio::test]
async fn kubectl_shows_where_a_rollout_stands_and_waits_for_conditions() {
    let cluster = installed().await;
    apply(
        &cluster,
        &document_with(IN_CLUSTER).replace("name: shop}\nspec", "name: shown}\nspec"),
    );
    let status = CanaryStatus {
        observed_generation: Some(1),
        conditions: vec![Condition {
            r#type: READY.to_owned(),
            status: ConditionStatus::True,
            observed_generation: Some(1),
            last_transition_time: "2026-01-01T00:00:00Z".to_owned(),
            reason: "Valid".to_owned(),
            message: String::new(),
        }],
        rollout: Some("r-1".to_owned()),
        phase: Some(Phase::Analysing),
        since: Some("2026-01-01T00:00:00Z".to_owned()),
        step: Some(2),
        steps: Some(4),
        weight: Some(25),
        verdict: Some(VerdictKind::Inconclusive),
        reason: Some("capacity: 1 of 2 pods is ready".to_owned()),
        ..CanaryStatus::default()
    };
    let path = "/apis/serin.dev/v1alpha1/namespaces/default/canaries/shown";
    let patch = json!({ "status": status });
    // The status has a place of its own: by the object's it does not change.
    let (code, answer) = cluster.api.patch(path, MERGE_PATCH, &patch).await;
    assert_eq!((code, &answer["status"]), (200, &Value::Null));
    let (code, answer) = cluster
        .api
        .patch(&format!("{path}/status"), MERGE_PATCH, &patch)
        .await;
    assert_eq!(code, 200, "{answer}");
    let read: CanaryStatus = serde_json::from_value(answer["status"].clone()).unwrap();
    assert_eq!(read, status, "nothing was dropped");

    let shown = cluster.kubectl(&["get", "canaries", "shown"]);
    let lines: Vec<Vec<&str>> = shown
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        ["NAME", "PHASE", "STEP", "WEIGHT", "VERDICT", "SINCE", "REASON"]
    );
    assert_eq!(lines[1][..5], ["shown", "analysing", "2", "25", "inconclusive"]);
    assert!(shown.contains("capacity: 1 of 2 pods is ready"), "{shown}");
    cluster.kubectl(&["wait", "--for=condition=Ready", "canary/shown", "--timeout=10s"]);
    cluster.kubectl(&[
        "wait",
        "--for=jsonpath={.status.phase}=analysing",
        "canary/shown",
        "--timeout=10s",
    ]);
    let explained = cluster.kubectl(&["explain", "canary.spec.onInconclusive"]);
    assert!(
        explained.contains("`advance`: Go on without proof"),
        "{explained}"
    );
    assert!(
        cluster
            .kubectl(&["get", "all"])
            .contains("canary.serin.dev/shown")
    );
}

#[tokio::test]
async fn kubectl_shows_what_a_template_reads() {
    let cluster = installed().await;
    apply(
        &cluster,
        "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: shown, namespace: default}\n\
         spec: {latency: {histogram: http_request_duration_seconds, unit: s}}\n",
    );
    let shown = cluster.kubectl(&["get", "analysistemplates", "shown"]);
    let lines: Vec<Vec<&str>> = shown
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        ["NAME", "REQUESTS", "HISTOGRAM", "UNIT", "READY", "AGE"]
    );
    assert_eq!(lines[1][..2], ["shown", "http_request_duration_seconds"]);
}
