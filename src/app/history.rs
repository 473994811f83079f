//! The store's history, as the API asks for it.

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use crate::api::history::{History, HistoryError, HistoryPage, RolloutFilter, RolloutRow};
use crate::driver::{Delivery, Entry, Stored};
use crate::store::{self, Cursor, Database, Filter, Page, StoreError};

/// What a database remembers.
pub(super) struct StoredHistory {
    database: Database,
    /// The one that the database's connections belong to: they are of no use once it ends, and outlive whoever asks.
    runtime: Handle,
}

impl StoredHistory {
    /// To be made in the runtime that the database was opened in.
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            runtime: Handle::current(),
        }
    }

    /// Reads there, for as long as somebody waits for it.
    async fn read<T, F>(&self, read: impl FnOnce(Database) -> F) -> Result<T, HistoryError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let reading = self.runtime.spawn(read(self.database.clone()));
        let read = AbortOnDropHandle::new(reading).await;
        let read = read.map_err(|broken| HistoryError::Unreadable(broken.to_string()))?;
        read.map_err(|error| HistoryError::Unreadable(error.to_string()))
    }
}

#[async_trait]
impl History for StoredHistory {
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<HistoryPage<RolloutRow>, HistoryError> {
        let filter = Filter {
            namespace: filter.namespace.clone(),
            name: filter.name.clone(),
            outcome: filter.outcome,
            since: filter.since,
        };
        let after: Option<Cursor> = parsed(cursor)?;
        let rollouts =
            self.read(move |database| async move { database.rollouts(&filter, after.as_ref(), limit).await });
        let page = rollouts.await?;
        Ok(HistoryPage {
            items: page.items.into_iter().map(row).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
        })
    }

    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError> {
        let id = id.to_owned();
        self.read(move |database| async move { database.stored(&id).await })
            .await
    }

    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<HistoryPage<Entry>, HistoryError> {
        let from: Option<u64> = parsed(cursor)?;
        let id = id.to_owned();
        let entries =
            self.read(move |database| async move { database.entries(&id, from.unwrap_or(0), limit).await });
        entries.await.map(page_of)
    }

    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<HistoryPage<Delivery>, HistoryError> {
        let (id, cursor) = (id.to_owned(), cursor.map(str::to_owned));
        let deliveries = self
            .read(move |database| async move { database.deliveries(&id, cursor.as_deref(), limit).await });
        deliveries.await.map(page_of)
    }
}

fn page_of<T, C: ToString>(Page { items, next }: Page<T, C>) -> HistoryPage<T> {
    HistoryPage {
        items,
        next: next.map(|cursor| cursor.to_string()),
    }
}

fn parsed<C: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<C>, HistoryError> {
    let parsed = cursor.map(str::parse).transpose();
    parsed.map_err(|_| HistoryError::Cursor)
}

fn row(row: store::RolloutRow) -> RolloutRow {
    RolloutRow {
        id: row.id,
        namespace: row.namespace,
        name: row.name,
        revision: row.revision,
        phase: row.phase,
        outcome: row.outcome,
        started_at: row.started_at,
        ended_at: row.ended_at,
    }
}
