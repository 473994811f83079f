//! The port on whichever sort of workload a Canary has.

use async_trait::async_trait;

use super::deployments::Deployments;
use super::endpoints::EndpointWorkloads;
use crate::driver::ports::{NotPromoted, WorkloadError, Workloads};
use crate::engine::WorkloadState;
use crate::spec::CheckedCanary;

/// Every sort of workload.
#[derive(Debug, Clone)]
pub struct Sorts {
    /// Processes outside a cluster.
    pub endpoints: EndpointWorkloads,
    /// Deployments in a cluster.
    pub deployments: Deployments,
}

impl Sorts {
    fn of(&self, canary: &CheckedCanary) -> &dyn Workloads {
        if canary.workloads.are_in_cluster() {
            &self.deployments
        } else {
            &self.endpoints
        }
    }
}

#[async_trait]
impl Workloads for Sorts {
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        self.of(canary).observe(canary).await
    }

    async fn promote(
        &self,
        canary: &CheckedCanary,
        rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted> {
        self.of(canary).promote(canary, rollout, judged).await
    }

    async fn restore(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        self.of(canary).restore(canary, rollout).await
    }

    async fn scale(&self, canary: &CheckedCanary, rollout: &str, replicas: u32) -> Result<(), WorkloadError> {
        self.of(canary).scale(canary, rollout, replicas).await
    }

    async fn scale_down(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        self.of(canary).scale_down(canary, rollout).await
    }
}
