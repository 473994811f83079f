//! Istio's control plane in a cluster, and one proxy of its mesh.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use super::Cluster;
use super::envoy::{Envoy, LOOPBACK};
use super::part::Part;
use crate::world::programs::{built, made};

/// Where the proxy gets its configuration.
pub(super) const DISCOVERY: SocketAddr = SocketAddr::new(LOOPBACK, 15010);

/// Istio's own namespace.
const NAMESPACE: &str = "istio-system";

/// Mesh-wide settings: no mutual TLS, since pods have no proxies of their own.
const MESH_CONFIG: &str = "\
enableAutoMtls: false
trustDomain: cluster.local
rootNamespace: istio-system
defaultConfig: {discoveryAddress: '127.0.0.1:15010'}
";

/// What a mesh shall be like.
#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    /// How long istiod waits for further changes before it tells the proxies.
    pub(crate) debounce: Duration,
}

impl Mesh {
    /// Soon enough for tests; Istio's own is 100 ms.
    pub(crate) const SOON: Self = Self {
        debounce: Duration::from_millis(10),
    };
}

impl Default for Mesh {
    fn default() -> Self {
        Self::SOON
    }
}

/// It, running.
pub(crate) struct Istio {
    // It asks istiod, so it goes first.
    envoy: Envoy,
    istiod: Part,
}

impl Istio {
    /// With Istio's resources in the cluster.
    pub(super) async fn start(cluster: &Cluster, mesh: &Mesh) -> Self {
        let resources = made("istio-crds", "istio-crds.yaml");
        let resources = resources.to_str().unwrap();
        cluster.kubectl(&["create", "namespace", NAMESPACE]);
        cluster.kubectl(&["apply", "--server-side", "--filename", resources]);
        cluster.kubectl(&[
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "crd",
            "--all",
        ]);
        let istiod = istiod(cluster, mesh);
        istiod.until_ready().await;
        Self {
            envoy: Envoy::start(cluster).await,
            istiod,
        }
    }

    /// The control plane: it reads VirtualServices and tells the proxy.
    pub(crate) const fn istiod(&self) -> &Part {
        &self.istiod
    }

    /// The proxy, a client's sidecar.
    pub(crate) const fn envoy(&self) -> &Envoy {
        &self.envoy
    }
}

fn istiod(cluster: &Cluster, mesh: &Mesh) -> Part {
    let configuration = cluster.folder().join("mesh.yaml");
    fs::write(&configuration, MESH_CONFIG).unwrap();
    let mut command = cluster.command(built("pilot-discovery"));
    command
        .arg("discovery")
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig())
        .arg("--meshConfig")
        .arg(configuration)
        .args(["--clusterID=Kubernetes", &format!("--namespace={NAMESPACE}")])
        .arg(format!("--grpcAddr={DISCOVERY}"))
        .args(["--httpAddr=127.0.0.1:15080", "--monitoringAddr=127.0.0.1:15014"])
        // No webhooks and no certificates: nothing is injected.
        .args(["--httpsAddr=", "--secureGRPCAddr=", "--ctrlz_port=0"])
        .args(["--kubernetesApiQPS=500", "--kubernetesApiBurst=1000"]);
    command
        .env("POD_NAME", "istiod-0")
        .env("POD_NAMESPACE", NAMESPACE)
        .env("ENABLE_CA_SERVER", "false")
        .env("INJECTION_WEBHOOK_CONFIG_NAME", "")
        .env("VALIDATION_WEBHOOK_CONFIG_NAME", "")
        .env("PILOT_ENABLE_GATEWAY_API", "false")
        // Filters of Istio's own, which this Envoy does not have.
        .env("PILOT_ENABLE_METADATA_EXCHANGE", "false")
        .env("PILOT_ENABLE_ALPN_FILTER", "false")
        .env("PILOT_DEBOUNCE_AFTER", format!("{}ms", mesh.debounce.as_millis()));
    let probe = (cluster.client(), "http://127.0.0.1:15080/ready".to_owned());
    Part::launch(command, cluster.folder(), "istiod", probe)
}
