//! What was, a page at a time: read beside the journal by whoever asks, and needed by no decision.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::outbox::Delivery;
use super::record::{Entry, Stored};
use crate::engine::{Outcome, Phase};
use crate::spec::Timestamp;

/// Gives the rollouts that are remembered, with their entries and deliveries. Every call may hang or fail; whoever asks
/// bounds it.
#[async_trait]
pub trait History: Send + Sync {
    /// The rollouts that `filter` lets through, newest first; `cursor` is where the page before ended.
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<RolloutRow>, HistoryError>;

    /// The rollouts that have not ended, or still owe their workloads something, oldest first: as many as a driver holds.
    async fn unfinished(&self) -> Result<Vec<Stored>, HistoryError>;

    /// What is kept of one rollout; none where there is no such rollout.
    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError>;

    /// The entries of one rollout, in order.
    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Entry>, HistoryError>;

    /// The deliveries of one rollout, in the order in which they were decided.
    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Delivery>, HistoryError>;
}

/// Why history could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The cursor is not one that a page before gave.
    #[error("not a cursor that a page before gave")]
    Cursor,
    /// The store could not be read.
    #[error("{0}")]
    Unreadable(String),
}

/// A page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C = String> {
    /// The items, in order.
    pub items: Vec<T>,
    /// The cursor of the next page; none after the last.
    pub next: Option<C>,
}

/// Which rollouts to list. What is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolloutFilter {
    /// Of Canaries in this namespace.
    pub namespace: Option<String>,
    /// Of Canaries of this name.
    pub name: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// That started then or later.
    pub since: Option<Timestamp>,
}

/// A rollout in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutRow {
    /// The rollout's id.
    pub id: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What was rolled out.
    pub revision: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended, in words; none while it has not.
    pub cause: Option<String>,
}
