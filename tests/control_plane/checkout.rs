//! The application under test, in a namespace of its own.

use serde_json::{Value, json};

use crate::world::cluster::{Backends, Cluster, JSON_PATCH};
use crate::world::envoy::Service;

const MANIFESTS: &str = include_str!("../../deploy/examples/checkout.yaml");

/// It, with pods that answer.
pub(crate) struct Checkout {
    pub(crate) service: Service,
    pub(crate) backends: Backends,
}

impl Checkout {
    /// Deploys it to a new namespace; its pods answer, and the proxy knows its weights.
    pub(crate) async fn deploy(cluster: &Cluster, namespace: &'static str) -> Self {
        let service = Service {
            name: "checkout",
            namespace,
        };
        let manifests = MANIFESTS
            .replace("name: shop", &format!("name: {namespace}"))
            .replace("namespace: shop", &format!("namespace: {namespace}"));
        cluster.kubectl_in(&["apply", "--filename", "-"], &manifests);
        let backends = Backends::of(cluster, namespace);
        backends.until_answering("checkout-stable", 2).await;
        backends.until_answering("checkout-canary", 1).await;
        let envoy = cluster.mesh().envoy();
        envoy.until_weights(&service, &[("stable", 100)]).await;
        envoy.until_endpoints(&service.cluster("stable"), 2).await;
        envoy.until_endpoints(&service.cluster("canary"), 1).await;
        Self { service, backends }
    }

    /// Patches the weights into the VirtualService; gives the status.
    pub(crate) async fn patch_weights(&self, cluster: &Cluster, stable: u32, canary: u32) -> (u16, Value) {
        let weight = |at: usize, weight: u32| {
            let path = format!("/spec/http/0/route/{at}/weight");
            json!({"op": "replace", "path": path, "value": weight})
        };
        let patch = json!([weight(0, stable), weight(1, canary)]);
        cluster
            .api
            .patch(&self.virtual_service(), JSON_PATCH, &patch)
            .await
    }

    /// Where the API server has the VirtualService.
    pub(crate) fn virtual_service(&self) -> String {
        let namespace = self.service.namespace;
        format!("/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/checkout")
    }
}
