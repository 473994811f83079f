//! History for those who ask from another runtime.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use crate::driver::{Delivery, Entry, History, HistoryError, Page, RolloutFilter, RolloutRow, Stored};

/// Reads in the runtime that it was made in, for as long as somebody waits for it: the database's connections belong to that one,
/// and outlive whoever asks.
pub(super) struct HistoryHere {
    history: Arc<dyn History>,
    runtime: Handle,
}

impl HistoryHere {
    pub(super) fn new(history: Arc<dyn History>) -> Self {
        Self {
            history,
            runtime: Handle::current(),
        }
    }

    async fn read<T, F>(&self, read: impl FnOnce(Arc<dyn History>) -> F) -> Result<T, HistoryError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, HistoryError>> + Send + 'static,
    {
        let reading = self.runtime.spawn(read(Arc::clone(&self.history)));
        let read = AbortOnDropHandle::new(reading).await;
        read.unwrap_or_else(|broken| Err(HistoryError::Unreadable(broken.to_string())))
    }
}

#[async_trait]
impl History for HistoryHere {
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<RolloutRow>, HistoryError> {
        let (filter, cursor) = (filter.clone(), cursor.map(str::to_owned));
        self.read(move |history| async move { history.rollouts(&filter, cursor.as_deref(), limit).await })
            .await
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, HistoryError> {
        self.read(|history| async move { history.unfinished().await })
            .await
    }

    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError> {
        let id = id.to_owned();
        self.read(move |history| async move { history.rollout(&id).await })
            .await
    }

    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Entry>, HistoryError> {
        let (id, cursor) = (id.to_owned(), cursor.map(str::to_owned));
        self.read(move |history| async move { history.entries(&id, cursor.as_deref(), limit).await })
            .await
    }

    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Delivery>, HistoryError> {
        let (id, cursor) = (id.to_owned(), cursor.map(str::to_owned));
        self.read(move |history| async move { history.deliveries(&id, cursor.as_deref(), limit).await })
            .await
    }
}
