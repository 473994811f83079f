//! Patches: what they change, and when they are refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{json_patch, merge_patch, send};
use super::{DEPLOYMENTS, SERVICES, deployment, service};
use crate::world::api_server::{ApiServer, SERIN};

/// Patches VirtualService `basket`; gives the code and what was answered.
async fn patched(server: &ApiServer, patch: Value) -> (u16, Value) {
    server.put(service("basket"));
    json_patch(server, &format!("{SERVICES}/basket"), &patch).await
}

#[tokio::test]
async fn every_operation_does_its_own() {
    let server = ApiServer::start().await;
    let patch = json!([
        {"op": "add", "path": "/metadata/annotations", "value": {"a/b": "1"}},
        {"op": "add", "path": "/metadata/annotations/c~1d", "value": "2"},
        {"op": "add", "path": "/spec/hosts/-", "value": "last"},
        {"op": "add", "path": "/spec/hosts/0", "value": "first"},
        {"op": "copy", "from": "/spec/hosts/0", "path": "/spec/hosts/1"},
        {"op": "move", "from": "/metadata/annotations/a~1b", "path": "/metadata/annotations/e"},
        {"op": "replace", "path": "/spec/http/0/route/0/weight", "value": 50},
        {"op": "remove", "path": "/metadata/labels/app"},
        {"op": "test", "path": "/spec/hosts/0", "value": "first"},
    ]);
    let (code, after) = patched(&server, patch).await;
    assert_eq!(code, 200, "{after}");
    assert_eq!(
        after["spec"]["hosts"],
        json!(["first", "first", "basket", "last"])
    );
    assert_eq!(after["metadata"]["annotations"], json!({"c/d": "2", "e": "1"}));
    // The last of them: an empty map is not kept.
    assert_eq!(after["metadata"]["labels"], json!(null));
    assert_eq!(after["spec"]["http"][0]["route"][0]["weight"], 50);
}

#[tokio::test]
async fn a_patch_that_does_not_fit_changes_nothing() {
    let server = ApiServer::start().await;
    let fine = json!({"op": "replace", "path": "/spec/hosts/0", "value": "x"});
    for unfit in [
        json!({"op": "test", "path": "/spec/hosts/0", "value": "other"}),
        json!({"op": "replace", "path": "/spec/http/7/name", "value": "x"}),
        json!({"op": "remove", "path": "/metadata/annotations"}),
        json!({"op": "add", "path": "/metadata/annotations/a", "value": "no such map"}),
        json!({"op": "add", "path": "/spec/hosts/9", "value": "too far"}),
        json!({"op": "jump", "path": "/spec"}),
    ] {
        let (code, refused) = patched(&server, json!([fine, unfit])).await;
        assert_eq!((code, &refused["reason"]), (422, &json!("Invalid")), "{unfit}");
    }
    assert_eq!(server.history("virtualservices", "shop", "basket").len(), 1);
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_and_no_patch_moves_what_is_the_servers() {
    let server = ApiServer::start().await;
    let stale = json!([{"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}]);
    let (code, refused) = patched(&server, stale).await;
    assert_eq!((code, &refused["reason"]), (409, &json!("Conflict")));
    let generation = json!([{"op": "replace", "path": "/metadata/generation", "value": 9}]);
    let (code, after) = patched(&server, generation).await;
    assert_eq!((code, &after["metadata"]["generation"]), (200, &json!(1)));
}

#[tokio::test]
async fn a_merge_patch_sets_removes_and_replaces_lists_whole() {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    let patch =
        json!({"metadata": {"labels": {"app": null, "team": "a"}}, "spec": {"http": [{"name": "only"}]}});
    let (code, after) = merge_patch(&server, &format!("{SERVICES}/basket"), &patch).await;
    assert_eq!(code, 200);
    assert_eq!(after["metadata"]["labels"], json!({"team": "a"}));
    assert_eq!(after["spec"]["http"], json!([{"name": "only"}]));
}

#[tokio::test]
async fn a_strategic_merge_is_for_the_kinds_of_kubernetes() {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    server.put(deployment("basket"));
    let kind = "application/strategic-merge-patch+json";
    // The real server does it for Deployments; the fake says that it cannot.
    for (path, expected) in [(SERVICES, 415), (DEPLOYMENTS, 501)] {
        let path = format!("{path}/basket");
        let (code, _) = send(&server, SERIN, Method::PATCH, &path, kind, "{}".to_owned()).await;
        assert_eq!(code, expected);
    }
}
