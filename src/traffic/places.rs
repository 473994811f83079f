//! The port on whichever place a Canary's route is in.

use async_trait::async_trait;

use super::file::ManifestFiles;
use super::istio::VirtualServices;
use crate::driver::ports::{Traffic, TrafficError};
use crate::engine::{TrafficState, TrafficWrite};
use crate::spec::{self, CheckedCanary};

/// Every place that routes may be in.
#[derive(Debug, Clone)]
pub struct Places {
    /// Manifests in files.
    pub files: ManifestFiles,
    /// VirtualServices in a cluster.
    pub cluster: VirtualServices,
}

impl Places {
    fn of(&self, canary: &CheckedCanary) -> &dyn Traffic {
        match &canary.traffic {
            spec::Traffic::File(_) => &self.files,
            spec::Traffic::Istio(_) => &self.cluster,
        }
    }
}

#[async_trait]
impl Traffic for Places {
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        self.of(canary).read(canary).await
    }

    async fn observe(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        self.of(canary).observe(canary).await
    }

    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        self.of(canary).write(canary, seen, write).await
    }
}
