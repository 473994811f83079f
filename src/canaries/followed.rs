//! Canaries that are followed, wherever they are.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::snapshot::Snapshot;

/// Canaries that are followed. Dropping it stops the following.
#[derive(Debug)]
pub struct Followed {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    _following: AbortOnDropHandle<()>,
}

impl Followed {
    /// What `following` sends, for as long as this lives.
    pub(super) fn new(
        snapshots: watch::Receiver<Arc<Snapshot>>,
        following: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self {
            snapshots,
            _following: AbortOnDropHandle::new(tokio::spawn(following)),
        }
    }

    /// The Canaries as they are now.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The Canaries as they are now, and every later state of them that is not overtaken by the next.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}
