//! Traffic in a file: an Istio VirtualService manifest that a router, or a pipeline, follows.
//!
//! Promises: whoever reads the file sees the old manifest or the new one, never a part; two writers of Serin never lose an
//! epoch; a write happens only while the VirtualService is what the engine saw. A crash at any instruction leaves the
//! old file or the new one, and at most a temporary beside it that the next write removes.
//!
//! How: under a lock the file is read again and compared with what was seen, the new text is written beside it and
//! synced, and renamed over it. A program that writes the file without taking the lock is noticed up to the moment of
//! the rename. Which bytes change is decided by [`manifest`](super::manifest) and
//! [`virtual_service`](super::virtual_service).

mod beside;
mod job;
mod lock;
mod version;

use std::path::PathBuf;

use async_trait::async_trait;
use tokio::task::spawn_blocking;

use self::job::Job;
use crate::driver::ports::{Traffic, TrafficError};
use crate::engine::{TrafficState, TrafficWrite};
use crate::spec::{self, CheckedCanary};

/// Bytes of a manifest. An API server takes objects of up to about 1.5 MiB and real VirtualServices have a few KiB, so a
/// larger file is a mistake; and it bounds what reading it costs.
pub const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;

/// Reads and writes VirtualServices in files.
#[derive(Debug, Clone)]
pub struct ManifestFiles {
    base: PathBuf,
}

impl ManifestFiles {
    /// Relative paths of manifests start at `base`, the folder of the Canary's own file.
    #[must_use]
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }

    fn job(&self, canary: &CheckedCanary) -> Result<Job, TrafficError> {
        match &canary.traffic {
            spec::Traffic::File(traffic) => {
                Ok(Job::new(self.base.join(&traffic.path), traffic.route.clone()))
            }
            spec::Traffic::Istio(route) => Err(TrafficError::Refused {
                object: route.to_string(),
                reason: "expected a manifest in a file, found an object in a cluster".to_owned(),
            }),
        }
    }
}

#[async_trait]
impl Traffic for ManifestFiles {
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let job = self.job(canary)?;
        let object = job.object();
        let result = spawn_blocking(move || job.read()).await;
        result.unwrap_or_else(|gone| {
            Err(TrafficError::Unreachable {
                object,
                reason: format!("the reading task ended early: {gone}"),
            })
        })
    }

    /// Dropped before it ends, the write may still happen: a thread that works on a file cannot be stopped.
    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let job = self.job(canary)?;
        let object = job.object();
        let (seen_version, write) = (seen.version.clone(), write.clone());
        let result = spawn_blocking(move || job.write(&seen_version, &write)).await;
        result.unwrap_or_else(|gone| {
            Err(TrafficError::Unknown {
                object,
                reason: format!("the writing task ended early: {gone}"),
            })
        })
    }
}
