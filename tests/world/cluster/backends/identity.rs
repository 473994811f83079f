//! Who a pod is, and what becomes of it, by what the API server says.

use std::net::SocketAddr;

use serde_json::Value;

use crate::world::target::Target;

/// Where Istio's sidecars show what they count.
pub(super) const STATISTICS: &str = "/stats/prometheus";

/// Who a pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) namespace: String,
    /// Its Deployment.
    pub(super) workload: String,
    /// Its labels of these names.
    pub(super) app: String,
    pub(super) version: String,
    pub(super) address: SocketAddr,
}

/// What becomes of a pod.
pub(super) enum Fate {
    /// Its containers run.
    Runs { identity: Identity, ready: bool },
    /// It was told to end.
    Leaves,
    /// Its containers do not run.
    IsDown,
}

impl Fate {
    /// By what the API server says.
    pub(super) fn of(pod: &Value) -> Self {
        if pod["metadata"]["deletionTimestamp"].is_string() {
            return Self::Leaves;
        }
        let status = &pod["status"];
        let fails = pod["metadata"]["annotations"]["test/fail"].is_string();
        match Identity::of(pod) {
            Some(identity) if !fails && status["phase"] == "Running" => {
                let mut conditions = status["conditions"].as_array().into_iter().flatten();
                Self::Runs {
                    identity,
                    ready: conditions.any(|one| one["type"] == "Ready" && one["status"] == "True"),
                }
            }
            _ => Self::IsDown,
        }
    }
}

impl Identity {
    fn of(pod: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (metadata, labels) = (&pod["metadata"], &pod["metadata"]["labels"]);
        let port = pod["spec"]["containers"][0]["ports"][0]["containerPort"].as_u64()?;
        let address = pod["status"]["podIP"].as_str()?.parse().ok()?;
        // A ReplicaSet has its Deployment's name, and the hash of its template.
        let replica_set = text(&metadata["ownerReferences"][0]["name"]);
        let hash = format!("-{}", text(&labels["pod-template-hash"]));
        Some(Self {
            name: text(&metadata["name"]),
            namespace: text(&metadata["namespace"]),
            workload: replica_set.trim_end_matches(&hash).to_owned(),
            app: text(&labels["app"]),
            version: text(&labels["version"]),
            address: SocketAddr::new(address, port.try_into().ok()?),
        })
    }

    /// What a metrics server scrapes.
    pub(super) fn target(&self) -> Target {
        let target = Target::at(self.address).path(STATISTICS);
        target
            .label("namespace", &self.namespace)
            .label("pod", &self.name)
    }
}
