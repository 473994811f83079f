//! Workloads in a cluster: a pair of Deployments.

use async_trait::async_trait;

use crate::driver::ports::{WorkloadError, Workloads};
use crate::engine::WorkloadState;
use crate::kubernetes::{Cluster, Kind, Objects};
use crate::spec::CheckedCanary;

/// Sees and changes Deployments.
#[derive(Debug, Clone)]
pub struct Deployments {
    deployments: Objects,
}

impl Deployments {
    /// The Deployments of `cluster`.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self {
            deployments: cluster.objects(Kind::DEPLOYMENT),
        }
    }
}

#[async_trait]
impl Workloads for Deployments {
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        let arms = [&canary.workloads.stable, &canary.workloads.canary];
        let [stable, canary_arm] = arms.map(|arm| arm.name().unwrap_or_default());
        let failed = |name: &str, failure: crate::kubernetes::Failure| WorkloadError {
            workload: format!("Deployment {}/{name}", canary.namespace),
            reason: failure.to_string(),
        };
        let read = async |name| {
            let read = self.deployments.get(&canary.namespace, name).await;
            read.map_err(|failure| failed(name, failure))
        };
        let (stable, canary_arm) = (read(stable).await?, read(canary_arm).await?);
        let count =
            |value: &serde_json::Value| u32::try_from(value.as_u64().unwrap_or(0)).unwrap_or(u32::MAX);
        Ok(WorkloadState {
            stable_replicas: count(&stable["spec"]["replicas"]),
            canary_ready: count(&canary_arm["status"]["readyReplicas"]),
            canary_reason: None,
            canary_failing: None,
        })
    }

    async fn promote(&self, canary: &CheckedCanary) -> Result<(), WorkloadError> {
        Err(not_yet(canary))
    }

    async fn restore(&self, canary: &CheckedCanary) -> Result<(), WorkloadError> {
        Err(not_yet(canary))
    }

    async fn scale_down(&self, _: &CheckedCanary) -> Result<(), WorkloadError> {
        Ok(())
    }
}

fn not_yet(canary: &CheckedCanary) -> WorkloadError {
    WorkloadError {
        workload: format!("{}/{}", canary.namespace, canary.name),
        reason: "pod templates are not copied yet".to_owned(),
    }
}
