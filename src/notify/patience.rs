//! An outbox that always answers, if only with an error.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use crate::driver::ports::JournalError;
use crate::driver::{Attempt, Delivery, Outbox, Untold};
use crate::spec::Timestamp;

/// A store that has not answered by then is down, as far as anybody here can tell. Stores have time-outs of their own below it.
pub(super) const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// Bounds every call to an outbox by [`STORE_TIMEOUT`].
pub(super) struct Patience(pub(super) Arc<dyn Outbox>);

#[async_trait]
impl Outbox for Patience {
    async fn lease(
        &self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, JournalError> {
        bounded(self.0.lease(channel, now, until, limit)).await
    }

    async fn settle(&self, key: &str, attempt: &Attempt, now: Timestamp) -> Result<(), JournalError> {
        bounded(self.0.settle(key, attempt, now)).await
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        bounded(self.0.due()).await
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        bounded(self.0.backlog()).await
    }

    async fn of_rollout(&self, rollout: &str) -> Result<Vec<Delivery>, JournalError> {
        bounded(self.0.of_rollout(rollout)).await
    }

    async fn hand_on(&self, untold: &Untold<'_>, to: &str, now: Timestamp) -> Result<u64, JournalError> {
        bounded(self.0.hand_on(untold, to, now)).await
    }
}

async fn bounded<T>(call: impl Future<Output = Result<T, JournalError>>) -> Result<T, JournalError> {
    timeout(STORE_TIMEOUT, call).await.unwrap_or_else(|_| {
        Err(JournalError {
            reason: format!("no answer within {} s", STORE_TIMEOUT.as_secs()),
        })
    })
}
