//! Where the Canaries are, by the configuration.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tokio::time::timeout;

use super::known;
use crate::canaries::cluster::Resources;
use crate::canaries::{Followed, cluster, folder};
use crate::config::{CanariesFrom, Config};
use crate::kubernetes::Cluster;

/// A server that is there lists some hundred objects in this time. Without one the daemon starts all the same: what is under way
/// goes on by the journal, and the Canaries come when the server does.
const LISTED_WITHIN: Duration = Duration::from_secs(5);

/// Follows the Canaries; where they are resources, gives those too.
///
/// # Errors
/// If there is no such folder.
pub(super) async fn follow(
    config: &Config,
    cluster: &Cluster,
) -> anyhow::Result<(Followed, Option<watch::Receiver<Arc<Resources>>>)> {
    match config.canaries.from {
        CanariesFrom::Folder => {
            let path = &config.canaries.path;
            anyhow::ensure!(
                path.is_dir(),
                "canaries.path: expected a folder with Canaries, found none at {}\n  hint: --canaries names another; for those of a \
                 cluster `canaries.from: cluster`",
                path.display()
            );
            let followed = folder::follow(path, known(config)).await;
            let followed = followed.with_context(|| format!("cannot follow {}", path.display()))?;
            Ok((followed, None))
        }
        CanariesFrom::Cluster => {
            let namespace = config.kubernetes.namespace.as_deref();
            let mut canaries = cluster::follow(cluster, namespace, known(config));
            let listed = canaries.resources.wait_for(|resources| resources.is_listed);
            if timeout(LISTED_WITHIN, listed).await.is_err() {
                tracing::warn!(
                    "the cluster's Canaries are not listed yet; nothing is started before they are"
                );
            }
            Ok((canaries.followed, Some(canaries.resources)))
        }
    }
}
