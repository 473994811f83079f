//! What is taken, and what is filled in.

use serde_json::json;

use super::{IN_CLUSTER, told, told_of};
use crate::control_plane::installed::{got, installed};
use crate::spec::schema::{documents, good};
use crate::world::canary::document_with;

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
