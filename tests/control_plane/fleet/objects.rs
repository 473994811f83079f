//! The objects of a fleet.

use serde_json::{Value, json};

use super::{NAMESPACE, Plan};

/// Where the API server has the VirtualServices.
pub(super) const ROUTES: &str = "/apis/networking.istio.io/v1/namespaces/fleet/virtualservices";

/// The Canaries' names.
pub(super) fn names(size: usize) -> impl Iterator<Item = String> {
    (0..size).map(name)
}

fn name(index: usize) -> String {
    format!("app-{index:03}")
}

/// One application, each object with the folder that it goes to.
pub(super) fn objects(index: usize, plan: &Plan) -> [(String, Value); 4] {
    let name = name(index);
    let at = |group: &str, plural: &str| format!("/apis/{group}/namespaces/{NAMESPACE}/{plural}");
    [
        (at("apps/v1", "deployments"), deployment(&name, "stable")),
        (at("apps/v1", "deployments"), deployment(&name, "canary")),
        (ROUTES.to_owned(), route(&name)),
        (at("serin.dev/v1alpha1", "canaries"), canary(&name, plan)),
    ]
}

fn deployment(name: &str, arm: &str) -> Value {
    let labels = json!({"app": name, "version": arm});
    let container = json!({"name": "app", "image": "example.test/app:1.0"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("{name}-{arm}")},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    })
}

fn route(name: &str) -> Value {
    let to = |subset: &str, weight: u64| json!({"destination": {"host": name, "subset": subset}, "weight": weight});
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": name},
        "spec": {"hosts": [name], "http": [{"name": "primary", "route": [to("stable", 100), to("canary", 0)]}]},
    })
}

fn canary(name: &str, plan: &Plan) -> Value {
    let workload = |arm: &str| json!({"kind": "Deployment", "name": format!("{name}-{arm}")});
    json!({
        "apiVersion": "serin.dev/v1alpha1", "kind": "Canary", "metadata": {"name": name},
        "spec": {
            "workloads": {"stable": workload("stable"), "canary": workload("canary")},
            "traffic": {"istio": {
                "virtualService": name, "route": "primary", "stable": {"subset": "stable"}, "canary": {"subset": "canary"},
            }},
            "steps": (plan.steps)(),
            "maxDuration": "4h",
            "promotion": {"bake": "2s"},
            "analysis": {
                "interval": format!("{}s", plan.interval.as_secs()),
                "metrics": [
                    {"template": "istio-success-rate", "margin": {"relative": "50%", "absolute": "0.5%"}},
                    {"template": "istio-latency", "margin": {"relative": "20%"}},
                ],
            },
        },
    })
}
