//! Answers that are not about objects: health, version, discovery.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer::json;
use super::kinds::Served;

const VERBS: [&str; 8] = [
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
];

/// What is answered at such a path.
pub(super) fn apart(path: &str) -> Option<Response<Body>> {
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["readyz" | "livez" | "healthz"] => Some(Response::new(Body::from("ok"))),
        ["version"] => {
            answered(json!({"major": "1", "minor": "36", "gitVersion": "v1.36.2", "platform": "linux/amd64"}))
        }
        ["api", version] => discovered("", version, version),
        ["apis", group, version] => discovered(group, version, &format!("{group}/{version}")),
        _ => None,
    }
}

fn discovered(group: &str, version: &str, both: &str) -> Option<Response<Body>> {
    let mut resources: Vec<Value> = Vec::new();
    for kind in Served::of_group(group, version) {
        let resource = |name: String, singular: String, verbs: &[&str]| json!({"name": name, "singularName": singular, "namespaced": kind.namespaced, "kind": kind.kind, "verbs": verbs});
        resources.push(resource(kind.plural.to_owned(), kind.kind.to_lowercase(), &VERBS));
        if kind.has_status {
            resources.push(resource(
                format!("{}/status", kind.plural),
                String::new(),
                &["get", "patch", "update"],
            ));
        }
    }
    let list =
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": both, "resources": resources});
    if resources.is_empty() {
        None
    } else {
        answered(list)
    }
}

fn answered(object: Value) -> Option<Response<Body>> {
    Some(json(StatusCode::OK, Body::from(object.to_string())))
}
