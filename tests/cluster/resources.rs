//! The definitions, taken by a real API server: what it fills in, what it refuses and in which words, and what kubectl shows.

use serde_json::{Value, json};
use serin::engine::{Phase, VerdictKind};
use serin::kubernetes::status::{CanaryStatus, Condition, ConditionStatus, READY};

use super::installed::{apply, got, installed};
use crate::spec::schema::{documents, good};
use crate::world::canary::document_with;
use crate::world::cluster::{Cluster, MERGE_PATCH};

/// A Canary of a cluster, for the fields that a test does not care of.
const IN_CLUSTER: &str = "workloads: {stable: {kind: Deployment, name: shop-stable}, canary: {kind: Deployment, name: shop-canary}}\n\
                          traffic: {istio: {virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}";

/// What the server says to a Canary with these fields; empty if it would take it.
fn told(cluster: &Cluster, fields: &str) -> String {
    told_of(cluster, &document_with(fields))
}

fn told_of(cluster: &Cluster, document: &str) -> String {
    let arguments = [
        "create",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        "-f",
        "-",
    ];
    cluster
        .try_kubectl_in(&arguments, document)
        .err()
        .unwrap_or_default()
}

#[tokio::test]
async fn both_are_established_and_found_by_their_names() {
    let cluster = installed().await;
    for name in ["canaries.serin.dev", "analysistemplates.serin.dev"] {
        let definition = got(&cluster, &["crd", name]);
        let conditions = definition["status"]["conditions"].as_array().unwrap();
        let is = |kind: &str, status: &str| {
            conditions
                .iter()
                .any(|condition| condition["type"] == kind && condition["status"] == status)
        };
        assert!(
            is("Established", "True") && is("NamesAccepted", "True"),
            "{conditions:?}"
        );
        assert!(!is("NonStructuralSchema", "True"), "{conditions:?}");
    }
    for name in ["canary", "canaries", "scn", "analysistemplate", "sat", "serin"] {
        cluster.kubectl(&["get", name]);
    }
}

#[tokio::test]
async fn every_document_that_is_held_out_as_right_is_taken() {
    let cluster = installed().await;
    cluster.kubectl(&["create", "namespace", "market"]);
    assert_eq!(told(&cluster, IN_CLUSTER), "");
    for mut document in good().iter().flat_map(|text| documents(text)) {
        let namespace = document["metadata"]["namespace"]
            .as_str()
            .unwrap_or("default")
            .to_owned();
        if namespace != "market" {
            document["metadata"]["namespace"] = "default".into();
        }
        assert_eq!(told_of(&cluster, &document.to_string()), "", "{document:#}");
    }
}

#[tokio::test]
async fn what_is_missing_is_filled_in() {
    let cluster = installed().await;
    cluster.kubectl_in(
        &["create", "-f", "-"],
        &document_with(IN_CLUSTER).replace("name: shop}\nspec", "name: filled}\nspec"),
    );
    let spec = &got(&cluster, &["canary", "filled"])["spec"];
    assert_eq!(spec["mode"], "control");
    assert_eq!(
        spec["steps"],
        json!([{"weight": 5}, {"weight": 25}, {"weight": 50}, {"weight": 100}])
    );
    assert_eq!(spec["analysis"]["interval"], "10s");
    assert_eq!(spec["analysis"]["falseAbortRate"], "1%");
    assert_eq!(
        spec["analysis"]["noData"]["canarySilent"],
        json!({"after": "2m", "then": "abort"})
    );
    assert_eq!(
        spec["analysis"]["metrics"][0],
        json!({"template": "success-rate"}),
        "no list is filled in"
    );
    assert_eq!(spec["promotion"], json!({"bake": "10m"}));
}

/// Fields of a Canary, and what of the refusal tells a person what to do.
const REFUSED: [(&str, &str, &str); 26] = [
    (
        "steps: [{weight: 25}, {weight: 5}]",
        "spec.steps",
        "rise from step to step",
    ),
    (
        "steps: [{weight: 5}, {weight: 5}]",
        "spec.steps",
        "rise from step to step",
    ),
    (
        "steps: [{weight: 101}]",
        "spec.steps[0].weight",
        "less than or equal to 100",
    ),
    ("steps: []", "spec.steps", "at least 1 items"),
    (
        "steps: [{weight: 5, hold: '90'}]",
        "spec.steps[0].hold",
        "a duration such as `90s`",
    ),
    ("maxDuration: 3600", "spec.maxDuration", "must be of type string"),
    ("maxDuration: 1%", "spec.maxDuration", "a duration such as `90s`"),
    ("capacity: half", "spec.capacity", "a percentage such as `1%`"),
    (
        "mode: controll",
        "spec.mode",
        "supported values: \"control\", \"observe\"",
    ),
    ("modus: control", "spec.modus", "unknown field"),
    (
        "scaling: perhaps",
        "spec.scaling",
        "supported values: \"none\", \"auto\"",
    ),
    (
        "notify: [On-Call]",
        "spec.notify[0]",
        "a name of at most 63 small letters",
    ),
    ("notify: [oncall, oncall]", "spec.notify[1]", "Duplicate value"),
    (
        "promotion: {bake: 10}",
        "spec.promotion.bake",
        "must be of type string",
    ),
    (
        "analysis: {metrics: []}",
        "spec.analysis.metrics",
        "at least 1 items",
    ),
    (
        "analysis: {metrics: [{}]}",
        "spec.analysis.metrics[0].template",
        "Required value",
    ),
    (
        "analysis: {metrics: [{template: a, quantile: '95'}]}",
        "spec.analysis.metrics[0].quantile",
        "a percentage such as",
    ),
    (
        "analysis: {metrics: [{template: a, margin: {absolute: '5'}}]}",
        "spec.analysis.metrics[0].margin.absolute",
        "or a duration such as",
    ),
    (
        "analysis: {metrics: [{template: a, threshold: {max: 0.5}}]}",
        "spec.analysis.metrics[0].threshold.max",
        "must be of type integer,string",
    ),
    ("traffic: {}", "spec.traffic", "exactly one of `file` and `istio`"),
    (
        "traffic: {istio: {virtualService: shop, stable: {}, canary: {subset: canary}}}",
        "spec.traffic.istio.stable",
        "`host`, `subset` or both",
    ),
    (
        "traffic: {istio: {virtualService: shop, stable: {subset: a}, canary: {subset: a}}}",
        "spec.traffic.istio.canary",
        "another destination than `stable`",
    ),
    (
        "traffic: {istio: {virtualService: Shop!, stable: {subset: a}, canary: {subset: b}}}",
        "spec.traffic.istio.virtualService",
        "small letters, digits",
    ),
    (
        "workloads: {stable: {kind: Deployment}, canary: {kind: Deployment, name: b}}",
        "spec.workloads.stable",
        "`kind` and `name` of a workload",
    ),
    (
        "workloads: {stable: {kind: Deployment, name: a}, canary: {kind: Deployment, name: a}}",
        "spec.workloads.canary.name",
        "another name than `stable`",
    ),
    (
        "workloads: {stable: {kind: Deployment, name: a}, canary: {endpoints: ['http://a.test']}}",
        "spec.workloads.canary",
        "workloads of one sort",
    ),
];

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_field_and_what_was_expected() {
    let cluster = installed().await;
    for (fields, field, expected) in REFUSED {
        let said = told(&cluster, fields);
        assert!(
            said.contains(field) && said.contains(expected),
            "{fields}: {said}"
        );
    }
    let dotted = document_with("").replace("name: shop}\nspec", "name: shop.v2}\nspec");
    let said = told_of(&cluster, &dotted);
    assert!(said.contains("for metadata.name a name of at most 63"), "{said}");
}

#[tokio::test]
async fn a_template_asks_exactly_one_thing() {
    let cluster = installed().await;
    let template = |spec: &str| {
        format!(
            "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: a, namespace: default}}\nspec: {spec}\n"
        )
    };
    let one = "{value: {query: up}}";
    assert_eq!(told_of(&cluster, &template(one)), "");
    for wrong in ["{}", "{value: {query: up}, latency: {histogram: a, unit: s}}"] {
        let said = told_of(&cluster, &template(wrong));
        assert!(
            said.contains("spec") && said.contains("exactly one of `successRate`, `latency` and `value`"),
            "{wrong}: {said}"
        );
    }
    let said = told_of(&cluster, &template("{latency: {histogram: a, unit: min}}"));
    assert!(
        said.contains("spec.latency.unit") && said.contains("\"ms\", \"s\""),
        "{said}"
    );
}

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
