//! The audit, with the cluster that the daemon would have.

use async_trait::async_trait;

use super::access;
use crate::audit::{self, Audit, Check, Rights};
use crate::clock::SystemClock;
use crate::config::{CanariesFrom, Config};
use crate::driver::ports::Clock;
use crate::kubernetes::{Cluster, may_i};

/// Asks the cluster what this process may.
struct ByCluster(Cluster);

#[async_trait]
impl Rights for ByCluster {
    async fn may(&self, verb: &str, group: &str, resource: &str) -> Result<bool, String> {
        let answer = may_i(&self.0, verb, group, resource).await;
        answer.map_err(|failure| failure.to_string())
    }
}

/// Looks at `config`, and where Canaries are resources at what this process may in the cluster.
pub async fn audit(config: &Config) -> Audit {
    let mut audit = audit::configuration(config, SystemClock::start().now());
    let mut checks = Check::OF_CONFIGURATION.to_vec();
    if config.canaries.from == CanariesFrom::Cluster {
        audit::excess(&ByCluster(Cluster::new(access(&config.kubernetes))), &mut audit).await;
        if audit.unseen.is_empty() {
            checks.push(Check::RightNotNeeded);
        }
    }
    audit.sorted(&checks)
}
