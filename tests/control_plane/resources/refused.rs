//! What is refused, each with its field and what was expected.

use super::{told, told_of};
use crate::control_plane::installed::installed;
use crate::world::canary::document_with;

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
