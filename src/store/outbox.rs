//! Deliveries: leased, settled, counted.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Store;
use super::error::StoreError;
use super::session::{Dialect, Row};
use super::words::{from_json, from_word, word};
use crate::driver::ports::JournalError;
use crate::driver::{Attempt, Delivery, DeliveryState, NEWS_MAX, Outbox, Untold};
use crate::spec::Timestamp;

/// Deliveries that one lease gives at most: more than a channel sends before the lease runs out.
const LEASE_MAX: usize = 100;

/// What is kept of an error's text, in characters: enough for the sentence, not for a whole page that a proxy answered with.
const ERROR_CHARS_MAX: usize = 1000;

/// The columns of [`delivery`], in its order; two more to sort by.
macro_rules! columns {
    () => {
        "key, channel, rollout, namespace, name, notice, created_at, attempts, state, last_error, sequence, notice_index, \
         receipt, instead_of"
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
                    "WHERE channel = $1 AND state IN ('pending', 'lasting') AND due_at <= $2 ",
                    "ORDER BY state = 'lasting', created_at, sequence, notice_index, key LIMIT $4) RETURNING ",
                    columns!()
                ),
                Dialect::Postgres => concat!(
                    "UPDATE outbox SET due_at = $3 WHERE key IN (SELECT key FROM outbox ",
                    "WHERE channel = $1 AND state IN ('pending', 'lasting') AND due_at <= $2 ",
                    "ORDER BY state = 'lasting', created_at, sequence, notice_index, key LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ",
                    columns!()
                ),
            };
            let values = [channel.into(), now.into(), until.into(), limit.min(LEASE_MAX).into()];
            let mut rows = Vec::new();
            for row in session.rows(lease, &values).await? {
                let delivery = delivery(&row)?;
                let is_known = delivery.state == DeliveryState::Lasting;
                rows.push(((is_known, row.time(6)?, row.number(10)?, row.number(11)?), delivery));
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
        let mut settled = Settled::new(now);
        match attempt {
            Attempt::Delivered(receipt) => {
                settled.state = Some(DeliveryState::Delivered);
                settled.receipt = receipt.as_deref().map(kept);
            }
            Attempt::Lasts { at, receipt } => {
                settled.state = Some(DeliveryState::Lasting);
                settled.due_at = *at;
                settled.receipt = receipt.as_deref().map(kept);
                settled.kept_attempts = 0;
            }
            Attempt::Skipped => {
                settled.state = Some(DeliveryState::Skipped);
                settled.attempts = 0;
            }
            Attempt::Retry { at, error } => {
                settled.due_at = *at;
                settled.error = Some(kept(error));
            }
            Attempt::Dead { error } => {
                settled.state = Some(DeliveryState::Dead);
                settled.error = Some(kept(error));
            }
        }
        let settled = self.database.bounded(async {
            let values = [
                key.into(),
                settled.state.as_ref().map(word).transpose()?.into(),
                settled.due_at.into(),
                settled.error.into(),
                settled.receipt.into(),
                settled.kept_attempts.into(),
                settled.attempts.into(),
            ];
            let mut session = self.begin().await?;
            let settle = "UPDATE outbox SET state = COALESCE($2, state), due_at = $3, last_error = COALESCE($4, last_error), \
                          receipt = COALESCE($5, receipt), attempts = attempts * $6 + $7 \
                          WHERE key = $1 AND state IN ('pending', 'lasting')";
            session.execute(settle, &values).await?;
            session.commit().await
        });
        Ok(settled.await?)
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        let due = self.database.bounded(async {
            let mut session = self.database.reading().await?;
            let first = "SELECT channel, MIN(due_at) FROM outbox WHERE state IN ('pending', 'lasting') GROUP BY channel";
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

    async fn of_rollout(&self, rollout: &str) -> Result<Vec<Delivery>, JournalError> {
        let news = self.database.bounded(async {
            let mut session = self.database.reading().await?;
            let newest = concat!(
                "SELECT ",
                columns!(),
                " FROM outbox WHERE rollout = $1 ORDER BY sequence DESC, notice_index DESC, key LIMIT $2"
            );
            let rows = session.rows(newest, &[rollout.into(), NEWS_MAX.into()]).await?;
            session.give_back();
            rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()
        });
        Ok(news.await?)
    }

    async fn hand_on(&self, untold: &Untold<'_>, to: &str, now: Timestamp) -> Result<u64, JournalError> {
        let handed_on = self.database.bounded(async {
            let values = [
                untold.channel.into(),
                to.into(),
                untold.since.into(),
                untold.until.into(),
                now.into(),
            ];
            let mut session = self.begin().await?;
            let insert = "INSERT INTO outbox (key, rollout, sequence, notice_index, channel, namespace, name, notice, created_at, \
                          due_at, state, attempts, instead_of) \
                          SELECT key || '/' || $2, rollout, sequence, notice_index, $2, namespace, name, notice, created_at, \
                          $5, 'pending', 0, channel FROM outbox \
                          WHERE channel = $1 AND instead_of IS NULL AND state IN ('pending', 'dead') AND created_at > $3 \
                          AND (state = 'dead' OR created_at <= $4) ON CONFLICT (key) DO NOTHING";
            let number = session.execute(insert, &values).await?;
            session.commit().await?;
            Ok(number)
        });
        Ok(handed_on.await?)
    }
}

/// What an attempt changes in a row.
struct Settled {
    /// The new state, where it is another.
    state: Option<DeliveryState>,
    due_at: Timestamp,
    error: Option<String>,
    receipt: Option<String>,
    /// 1 where the attempts before still count, else 0.
    kept_attempts: u64,
    /// How many this one counts for.
    attempts: u64,
}

impl Settled {
    const fn new(now: Timestamp) -> Self {
        Self {
            state: None,
            due_at: now,
            error: None,
            receipt: None,
            kept_attempts: 1,
            attempts: 1,
        }
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
        receipt: row.optional_text(12)?,
        instead_of: row.optional_text(13)?,
    })
}

/// An error's text as it is kept: bounded, and without the one character that PostgreSQL's texts cannot have.
fn kept(error: &str) -> String {
    let chars = error.chars().take(ERROR_CHARS_MAX);
    chars.map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect()
}
