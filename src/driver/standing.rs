//! Where a rollout stands, for those outside its loop.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::Progress;
use crate::engine::Status;

/// Where a rollout stands.
pub(super) struct Standing {
    pub(super) status: Arc<Status>,
    /// Whether the journal knows it all.
    pub(super) is_journalled: bool,
    /// Whether it knows that the rollout has ended, whatever is read since, ...
    pub(super) is_end_journalled: bool,
    /// ... and that nothing is owed since.
    pub(super) is_clear_journalled: bool,
}

/// What a loop shows of itself.
#[derive(Clone)]
pub(super) struct Board {
    standing: watch::Sender<Standing>,
    progress: broadcast::Sender<Arc<Progress>>,
}

impl Board {
    pub(super) fn new(standing: Standing, progress: broadcast::Sender<Arc<Progress>>) -> Self {
        Self {
            standing: watch::Sender::new(standing),
            progress,
        }
    }

    /// Something happened that the journal does not know yet.
    pub(super) fn show(&self, progress: Progress) {
        self.standing.send_modify(|standing| {
            standing.status = Arc::clone(&progress.status);
            standing.is_journalled = false;
            standing.is_clear_journalled &= !standing.status.owes();
        });
        // Nobody listening is fine.
        let _ = self.progress.send(Arc::new(progress));
    }

    /// The journal knows everything that was shown.
    pub(super) fn journalled(&self) {
        self.standing.send_modify(|standing| {
            standing.is_journalled = true;
            standing.is_end_journalled = standing.status.phase.is_final();
            standing.is_clear_journalled = standing.is_end_journalled && !standing.status.owes();
        });
    }

    /// The end of it that others hold.
    pub(super) fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Whether the rollout has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.standing.borrow().status.phase.is_final()
    }

    /// Whether it has ended, and nothing is still to be done.
    pub(super) fn is_over(&self) -> bool {
        self.standing.borrow().status.is_over()
    }
}
