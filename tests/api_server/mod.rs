//! The fake API server: what it does is what the real one does.
//!
//! `recorded` replays exchanges that a real server answered; the rest says in facts what the other tests rely on.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its world has failed, in helpers as in the test itself"
)]

pub(crate) mod client;
mod faults;
mod lists;
mod patches;
mod recorded;
mod rules;
pub(crate) mod story;
mod watches;

use serde_json::{Value, json};

/// Where the VirtualServices of namespace `shop` are.
const SERVICES: &str = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices";
/// Where the Deployments of namespace `shop` are.
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";

/// A VirtualService of namespace `shop`.
fn service(name: &str) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {"hosts": [name], "http": [{"route": [{"destination": {"host": name}, "weight": 100}]}]},
    })
}

/// A Deployment of namespace `shop`.
fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 3},
    })
}
