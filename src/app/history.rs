//! The store's history, as the API asks for it.

use async_trait::async_trait;

use crate::api::history::{History, HistoryError, HistoryPage, RolloutFilter, RolloutRow};
use crate::driver::{Delivery, Entry, Stored};
use crate::store::{self, Cursor, Database, Filter, Page, StoreError};

/// What a database remembers.
pub(super) struct StoredHistory(pub(super) Database);

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
        let page = self.0.rollouts(&filter, after.as_ref(), limit).await;
        let page = page.map_err(unreadable)?;
        Ok(HistoryPage {
            items: page.items.into_iter().map(row).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
        })
    }

    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError> {
        self.0.stored(id).await.map_err(unreadable)
    }

    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<HistoryPage<Entry>, HistoryError> {
        let from: Option<u64> = parsed(cursor)?;
        page_of(self.0.entries(id, from.unwrap_or(0), limit).await)
    }

    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<HistoryPage<Delivery>, HistoryError> {
        page_of(self.0.deliveries(id, cursor, limit).await)
    }
}

fn page_of<T, C: ToString>(page: Result<Page<T, C>, StoreError>) -> Result<HistoryPage<T>, HistoryError> {
    let Page { items, next } = page.map_err(unreadable)?;
    Ok(HistoryPage {
        items,
        next: next.map(|cursor| cursor.to_string()),
    })
}

fn parsed<C: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<C>, HistoryError> {
    let parsed = cursor.map(str::parse).transpose();
    parsed.map_err(|_| HistoryError::Cursor)
}

fn unreadable(error: StoreError) -> HistoryError {
    HistoryError::Unreadable(error.to_string())
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
