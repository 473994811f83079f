//! Deliveries: leased, settled, counted.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Store;
use super::error::StoreError;
use super::session::{Dialect, Row};
use super::words::{from_json, from_word, word};
use crate::driver::ports::JournalError;
use crate::driver::{Attempt, Delivery, DeliveryState, Outbox};
use crate::spec::Timestamp;

/// Deliveries that one lease gives at most: more than a channel sends before the lease runs out.
const LEASE_MAX: usize = 100;

/// What is kept of an error's text, in characters: enough for the sentence, not for a whole page that a proxy answered with.
const ERROR_CHARS_MAX: usize = 1000;

/// The columns of [`delivery`], in its order; two more to sort by.
macro_rules! columns {
    () => {
        "key, channel, rollout, namespace, name, notice, created_at, attempts, state, last_error, sequence, notice_index"
    };
}
pub(super) use columns;

#[async_trait]
impl Outbox for Store {
    async fn lease(
        &self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, JournalError> {
        let leased = self.database.bounded(async {
            let mut session = self.begin().await?;
            let lease = match session.dialect() {
                Dialect::Sqlite => concat!(
                    "UPDATE outbox SET due_at = $3 WHERE key IN (SELECT key FROM outbox ",
                    "WHERE channel = $1 AND state = 'pending' AND due_at <= $2 ",
                    "ORDER BY created_at, sequence, notice_index, key LIMIT $4) RETURNING ",
                    columns!()
                ),
                Dialect::Postgres => concat!(
                    "UPDATE outbox SET due_at = $3 WHERE key IN (SELECT key FROM outbox ",
                    "WHERE channel = $1 AND state = 'pending' AND due_at <= $2 ",
                    "ORDER BY created_at, sequence, notice_index, key LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ",
                    columns!()
                ),
            };
            let values = [channel.into(), now.into(), until.into(), limit.min(LEASE_MAX).into()];
            let mut rows = Vec::new();
            for row in session.rows(lease, &values).await? {
                rows.push(((row.time(6)?, row.number(10)?, row.number(11)?), delivery(&row)?));
            }
            session.commit().await?;
            // What an update returns comes in no order.
            rows.sort_by(|(one, one_delivery), (other, other_delivery)| {
                (one, &one_delivery.key).cmp(&(other, &other_delivery.key))
            });
            Ok(rows.into_iter().map(|(_, delivery)| delivery).collect())
        });
        Ok(leased.await?)
    }

    async fn settle(&self, key: &str, attempt: &Attempt, now: Timestamp) -> Result<(), JournalError> {
        let (state, due_at, error) = match attempt {
            Attempt::Delivered => (DeliveryState::Delivered, now, None),
            Attempt::Retry { at, error } => (DeliveryState::Pending, *at, Some(kept(error))),
            Attempt::Dead { error } => (DeliveryState::Dead, now, Some(kept(error))),
        };
        let settled = self.database.bounded(async {
            let values = [key.into(), word(&state)?.into(), due_at.into(), error.into()];
            let mut session = self.begin().await?;
            let settle = "UPDATE outbox SET state = $2, due_at = $3, last_error = COALESCE($4, last_error), \
                          attempts = attempts + 1 WHERE key = $1 AND state = 'pending'";
            session.execute(settle, &values).await?;
            session.commit().await
        });
        Ok(settled.await?)
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        let due = self.database.bounded(async {
            let mut session = self.database.reading().await?;
            let first = "SELECT channel, MIN(due_at) FROM outbox WHERE state = 'pending' GROUP BY channel";
            let mut due = BTreeMap::new();
            for row in session.rows(first, &[]).await? {
                due.insert(row.text(0)?, row.time(1)?);
            }
            session.give_back();
            Ok(due)
        });
        Ok(due.await?)
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        let backlog = self.database.bounded(async {
            let mut session = self.database.reading().await?;
            let count = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = 'pending'";
            let backlog = match session.row(count, &[]).await? {
                Some(row) => (row.count(0)?, row.optional_time(1)?),
                None => (0, None),
            };
            session.give_back();
            Ok(backlog)
        });
        Ok(backlog.await?)
    }
}

/// A row of [`columns`].
pub(super) fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let key = row.text(0)?;
    let notice = from_json(&format!("the notice of {key}"), &row.text(5)?)?;
    let state = from_word(&format!("the state of {key}"), &row.text(8)?)?;
    Ok(Delivery {
        key,
        channel: row.text(1)?,
        rollout: row.text(2)?,
        namespace: row.text(3)?,
        name: row.text(4)?,
        notice,
        created_at: row.time(6)?,
        attempts: u32::try_from(row.count(7)?).unwrap_or(u32::MAX),
        state,
        last_error: row.optional_text(9)?,
    })
}

/// An error's text as it is kept: bounded, and without the one character that PostgreSQL's texts cannot have.
fn kept(error: &str) -> String {
    let chars = error.chars().take(ERROR_CHARS_MAX);
    chars.map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect()
}
