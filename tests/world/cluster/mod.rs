//! A real Kubernetes control plane, alone in a network of its own: etcd, the API server, the controllers, the scheduler,
//! and KWOK, which plays three nodes and the pods on them. With a mesh there are also istiod and an Envoy that has its
//! routes from it.
//!
//! ```ignore
//! let cluster = Cluster::start().await;
//! let cluster = Cluster::with_mesh(&Mesh::default()).await;
//! let cluster = SHARED.join().await;
//! ```
//!
//! Only status is real on the nodes: no container runs, and pods have no logs. What pods answer is the test's own
//! ([`Backends`]), at their addresses.
//!
//! The test that starts a cluster moves into its network with its thread, and so does what it starts from then on: a
//! Prometheus, a daemon, a client. (A PostgreSQL that is shared with tests outside would not be reached; start one.)
//!
//! What bites: deleting a namespace takes ten seconds, so take another one.

mod absence;
mod access;
mod api;
mod audit;
mod backends;
mod callers;
mod envoy;
mod events;
mod gate;
mod history;
mod kubectl;
mod mesh;
mod network;
mod part;
mod plane;
mod shared;
mod worker;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use reqwest::Client;
use serde_json::{Value, json};

pub(crate) use self::absence::Away;
use self::access::{ADMIN, Access};
pub(crate) use self::api::{Api, JSON_PATCH, MERGE_PATCH};
pub(crate) use self::audit::Audit;
pub(crate) use self::backends::{Backends, EDGES_MS, LINGER};
pub(crate) use self::callers::{Callers, call};
pub(crate) use self::gate::{Gate, Late};
pub(crate) use self::history::{History, Version};
pub(crate) use self::mesh::{Istio, Mesh};
pub(crate) use self::network::Network;
pub(crate) use self::part::Part;
use self::plane::Plane;
pub(crate) use self::shared::Shared;
use super::marked;
use super::patience::until;

/// The nodes.
const NODES: [&str; 3] = ["node-0", "node-1", "node-2"];

/// A running cluster. Dropping it sweeps everything in it for secrets, and kills all of it.
pub(crate) struct Cluster {
    // It asks the API server, so it goes first.
    mesh: Option<Arc<Istio>>,
    inside: Arc<Inside>,
    /// The API server, asked as its administrator.
    pub(crate) api: Api,
}

struct Inside {
    plane: Plane,
    access: Access,
    folder: PathBuf,
    // Its script removes the folder, so it goes last.
    network: Network,
}

impl Cluster {
    /// Starts one: its nodes are ready, its default namespace has a service account, and no workload is there.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("serin-cluster-")
            .tempdir()
            .unwrap();
        let network = Network::start(folder.path());
        // From now on the network's script removes it.
        let folder = folder.keep();
        network.enter();
        let access = Access::write(&folder);
        let plane = Plane::start(&network, &folder, &access).await;
        let cluster = Self {
            api: Api {
                client: access.client(),
            },
            mesh: None,
            inside: Arc::new(Inside {
                plane,
                access,
                folder,
                network,
            }),
        };
        cluster.add_nodes().await;
        cluster.until_workable().await;
        cluster
    }

    /// Starts one with a mesh: the proxy is ready, and knows the services that there are.
    pub(crate) async fn with_mesh(mesh: &Mesh) -> Self {
        let mut cluster = Self::start().await;
        cluster.mesh = Some(Arc::new(Istio::start(&cluster, mesh).await));
        cluster
    }

    /// Its mesh, which it was started with.
    pub(crate) fn mesh(&self) -> &Istio {
        self.mesh.as_ref().expect("it was started with a mesh")
    }

    /// Starts a program inside, from whichever thread.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.inside.network.command(program);
        // Each cluster has the same address, and none knows the other's resources.
        command.env("KUBECACHEDIR", self.inside.folder.join("kubectl-cache"));
        command
    }

    /// The administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.inside.access.kubeconfig_of(ADMIN)
    }

    /// A kubeconfig with a token of this service account, which is valid for an hour.
    pub(crate) fn kubeconfig_of(&self, namespace: &str, service_account: &str) -> PathBuf {
        let token = self.kubectl(&["--namespace", namespace, "create", "token", service_account]);
        marked::also(
            token
                .trim()
                .rsplit('.')
                .next()
                .expect("a signature is its last part"),
        );
        let user = format!("{namespace}-{service_account}");
        self.inside.access.kubeconfig(&user, token.trim(), namespace)
    }

    /// Waits until a Deployment's pods are all of its newest template, and available.
    pub(crate) async fn until_rolled_out(&self, namespace: &str, deployment: &str) {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}");
        until(&format!("rolled out: {namespace}/{deployment}"), async || {
            is_rolled_out(&self.api.get(&path).await).then_some(())
        })
        .await;
    }

    pub(crate) fn etcd(&self) -> &Part {
        &self.inside.plane.etcd
    }

    pub(crate) fn api_server(&self) -> &Part {
        &self.inside.plane.api_server
    }

    pub(crate) fn controllers(&self) -> &Part {
        &self.inside.plane.controllers
    }

    pub(crate) fn scheduler(&self) -> &Part {
        &self.inside.plane.scheduler
    }

    /// The places of it that tell a secret: etcd's own files, which have every object with its status and annotations, Events too, and
    /// what its programs have printed.
    pub(crate) fn finds(&self) -> Vec<String> {
        let etcd = self.folder().join("etcd");
        let is_log = |path: &Path| path.extension().is_some_and(|extension| extension == "log");
        marked::files(self.folder(), &|path| path.starts_with(&etcd) || is_log(path))
    }

    fn folder(&self) -> &Path {
        &self.inside.folder
    }

    /// A client that trusts the servers.
    fn client(&self) -> Client {
        self.inside.access.client()
    }

    /// The same, for an answer that has no end.
    fn watching_client(&self) -> Client {
        self.inside.access.watching_client()
    }

    async fn add_nodes(&self) {
        for name in NODES {
            let labels = json!({"kubernetes.io/hostname": name});
            let node =
                json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}});
            self.api.create("/api/v1/nodes", &node).await;
        }
    }

    /// Pods can be made, and placed.
    async fn until_workable(&self) {
        let account = "/api/v1/namespaces/default/serviceaccounts/default";
        until("a default service account", async || {
            (self.api.try_get(account).await.0 == 200).then_some(())
        })
        .await;
        until("nodes that take pods", async || {
            let nodes = self.api.get("/api/v1/nodes").await;
            let takes_pods = |node: &&Value| node["spec"]["taints"].is_null();
            let ready = nodes["items"].as_array()?.iter().filter(takes_pods).count();
            (ready == NODES.len()).then_some(())
        })
        .await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        marked::fail_with(&self.finds());
    }
}

/// As `kubectl rollout status` has it.
fn is_rolled_out(deployment: &Value) -> bool {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let status = &deployment["status"];
    let wanted = number(&deployment["spec"]["replicas"]);
    number(&status["observedGeneration"]) >= number(&deployment["metadata"]["generation"])
        && ["replicas", "updatedReplicas", "availableReplicas"]
            .iter()
            .all(|count| number(&status[count]) == wanted)
}
