//! A store whose writes wait at a gate.

use std::sync::Arc;

use async_trait::async_trait;
use serin::driver::ports::{Journal, JournalError};
use serin::driver::{Entry, Stored};
use serin::store::Store;
use tokio::sync::watch;

/// A store behind a gate, which is open at first. Clones are the same one.
#[derive(Clone)]
pub(crate) struct GatedJournal {
    store: Arc<Store>,
    is_open: Arc<watch::Sender<bool>>,
}

impl GatedJournal {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            is_open: Arc::new(watch::Sender::new(true)),
        }
    }

    /// From now on writes wait.
    pub(crate) fn close(&self) {
        self.is_open.send_replace(false);
    }

    /// From now on they go through; those that wait and whose sender still lives go first.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

#[async_trait]
impl Journal for GatedJournal {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        let mut is_open = self.is_open.subscribe();
        // The sender lives in here as well.
        drop(is_open.wait_for(|is_open| *is_open).await);
        self.store.append(entries, state).await
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        self.store.unfinished().await
    }
}
