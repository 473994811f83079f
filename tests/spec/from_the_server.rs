//! Objects as `kubectl get --output yaml` prints them.

use serin::spec::examine;

use super::told_of;

/// A list of one Canary, with what the server and its controllers add, and this name of a metric's template.
fn printed(template: &str) -> String {
    format!(
        r#"apiVersion: v1
kind: List
metadata: {{resourceVersion: ""}}
items:
- apiVersion: serin.dev/v1alpha1
  kind: Canary
  metadata:
    annotations: {{serin.dev/start: again}}
    creationTimestamp: "2026-01-31T12:00:00Z"
    finalizers: [serin.dev/rollback]
    generation: 3
    managedFields: [{{apiVersion: serin.dev/v1alpha1, fieldsType: FieldsV1, fieldsV1: {{"f:spec": {{}}}}, manager: kubectl}}]
    name: checkout
    namespace: shop
    ownerReferences: []
    resourceVersion: "4711"
    uid: 9b6d3c50-0d3a-4c8e-8a54-1a5c7a0f6b1e
  spec:
    workloads:
      stable: {{kind: Deployment, name: checkout-stable}}
      canary: {{kind: Deployment, name: checkout-canary}}
    traffic:
      istio: {{virtualService: checkout, route: primary, stable: {{subset: stable}}, canary: {{subset: canary}}}}
    analysis:
      dataSource: default
      metrics:
      - {{template: {template}, margin: {{relative: 50%}}}}
  status:
    phase: analysing
    conditions: [{{type: Ready, status: "True"}}]
"#
    )
}

#[test]
fn what_kubectl_prints_of_a_canary_can_be_checked() {
    let text = printed("istio-success-rate");

    let report = examine([("-", text.as_str())]);

    assert_eq!(report.problems.to_string(), "");
    assert_eq!(report.canaries.len(), 1);
    assert_eq!(report.canaries[0].canary.name, "checkout");
}

#[test]
fn what_is_wrong_in_a_list_has_its_own_line() {
    let told = told_of(&[("-", &printed("istio-sucess-rate"))]);
    assert!(
        told.starts_with("-:27: spec.analysis.metrics[0].template: expected")
            && told.contains("did you mean"),
        "{told}"
    );
}
