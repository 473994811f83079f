//! A VirtualService and what the server says to Serin's account about it.

use serde_json::{Value, json};

use crate::control_plane::installed::as_serin;
use crate::world::cluster::Cluster;

pub(super) const FOLDER: &str = "/apis/networking.istio.io/v1/namespaces/default/virtualservices";

/// A VirtualService of a test's own. Its first route is somebody else's and sums to 120, its second is Serin's, its third has no
/// weights.
pub(super) struct Shop<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) name: &'a str,
}

impl<'a> Shop<'a> {
    pub(super) async fn open(cluster: &'a Cluster, name: &'a str, marks: &Value) -> Self {
        let object = json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": name, "annotations": marks, "labels": {"team": "orders"}},
            "spec": {"hosts": ["shop"], "http": [
                {"name": "foreign", "route": [
                    {"destination": {"host": "old", "subset": "a"}, "weight": 60},
                    {"destination": {"host": "old", "subset": "b"}, "weight": 60},
                ]},
                {"name": "primary", "timeout": "3s", "route": [
                    {"destination": {"host": "shop", "subset": "stable"}, "weight": 80},
                    {"destination": {"host": "shop", "subset": "canary"}, "weight": 20},
                ]},
                {"match": [{"uri": {"prefix": "/old"}}], "redirect": {"uri": "/new"}},
                {"route": [{"destination": {"host": "shop"}}]},
            ]},
        });
        cluster.api.create(FOLDER, &object).await;
        Self { cluster, name }
    }

    /// What the server says to this JSON patch of Serin's account; empty if it takes it.
    pub(super) fn told(&self, patch: &Value) -> String {
        let patch = format!("--patch={patch}");
        let arguments = [
            "--namespace=default",
            "patch",
            "virtualservice",
            self.name,
            "--type=json",
            &patch,
        ];
        as_serin(self.cluster, &arguments).err().unwrap_or_default()
    }

    /// A patch of the weights of the second route, stable first, and of marks.
    pub(super) fn weights(&self, stable: i32, canary: i32, marks: &[(&str, &str)]) -> String {
        self.told(&json!(
            [set_weight(1, 0, stable), set_weight(1, 1, canary)]
                .into_iter()
                .chain(marks.iter().map(mark))
                .collect::<Vec<_>>()
        ))
    }

    pub(super) async fn get(&self) -> Value {
        self.cluster.api.get(&format!("{FOLDER}/{}", self.name)).await
    }
}

pub(super) fn set_weight(route: usize, destination: usize, weight: i32) -> Value {
    json!({"op": "add", "path": format!("/spec/http/{route}/route/{destination}/weight"), "value": weight})
}

pub(super) fn mark((name, value): &(&str, &str)) -> Value {
    json!({"op": "add", "path": format!("/metadata/annotations/serin.dev~1{name}"), "value": value})
}

/// As Serin left it while it raised.
pub(super) fn raising() -> Value {
    json!({"serin.dev/epoch": "7", "serin.dev/rollout": "r1", "owner": "the orders team"})
}

/// As Serin left it when it aborted.
pub(super) fn aborted() -> Value {
    json!({"serin.dev/epoch": "7", "serin.dev/rollout": "r1", "serin.dev/aborted": "r1"})
}
