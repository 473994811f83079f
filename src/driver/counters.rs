//! What each bound of the driver turned away.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often each bound was reached. Each number only rises, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    /// A rollout was not started because there were too many.
    pub rollouts: AtomicU64,
    /// A message found a rollout's inbox full.
    pub inboxes: AtomicU64,
    /// An entry was lost before the journal took it.
    pub entries: AtomicU64,
    /// A notice was lost before the journal took it.
    pub notices: AtomicU64,
    /// A command's sender was not told whether it is journalled, because too many waited.
    pub replies: AtomicU64,
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
