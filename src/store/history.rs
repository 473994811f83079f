//! What was: rollouts, their entries and their deliveries, a page at a time.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::database::Database;
use super::error::StoreError;
use super::outbox::{columns, delivery};
use super::selection::Selection;
use super::session::Row;
use super::words::{from_json, from_word, word};
use crate::driver::{Delivery, Entry, History, HistoryError, Page, RolloutFilter, RolloutRow, Stored};
use crate::spec::Timestamp;

/// The last rollout of a page: the next one has what is older. Written as `MILLISECONDS/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    started_at: Timestamp,
    id: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.started_at.0, self.id)
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a cursor as a list gave it, found something else")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (time, id) = text.split_once('/').ok_or(CursorError)?;
        let time = time.parse().map_err(|_| CursorError)?;
        Ok(Self {
            started_at: Timestamp(time),
            id: id.to_owned(),
        })
    }
}

impl Database {
    /// The rollouts that `filter` lets through, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn rollouts(
        &self,
        filter: &RolloutFilter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RolloutRow, Cursor>, StoreError> {
        let mut list = Selection::new(
            "SELECT id, namespace, name, revision, phase, outcome, started_at, ended_at, cause FROM rollouts WHERE TRUE",
        );
        if let Some(namespace) = &filter.namespace {
            list.and("namespace = ?", [namespace.as_str().into()]);
        }
        if let Some(name) = &filter.name {
            list.and("name = ?", [name.as_str().into()]);
        }
        if let Some(outcome) = &filter.outcome {
            list.and("outcome = ?", [word(outcome)?.into()]);
        }
        if let Some(since) = filter.since {
            list.and("started_at >= ?", [since.into()]);
        }
        if let Some(cursor) = after {
            let place = [cursor.started_at.into(), cursor.id.as_str().into()];
            list.and("(started_at, id) < (?, ?)", place);
        }
        list.page(self, "started_at DESC, id DESC", limit, rollout_row, |rollout| {
            Cursor {
                started_at: rollout.started_at,
                id: rollout.id.clone(),
            }
        })
        .await
    }

    /// What is kept of one rollout; none where there is no such rollout.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn stored(&self, rollout: &str) -> Result<Option<Stored>, StoreError> {
        self.bounded(async {
            let mut session = self.reading().await?;
            let state = "SELECT id, state FROM rollouts WHERE id = $1";
            let row = session.row(state, &[rollout.into()]).await?;
            session.give_back();
            row.as_ref().map(stored).transpose()
        })
        .await
    }

    /// The entries of one rollout from sequence number `from` on, in order; the next page begins at `next`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn entries(
        &self,
        rollout: &str,
        from: u64,
        limit: usize,
    ) -> Result<Page<Entry, u64>, StoreError> {
        let mut list = Selection::new("SELECT rollout, sequence, at, input, effects FROM events WHERE TRUE");
        list.and("rollout = ?", [rollout.into()]);
        list.and("sequence >= ?", [from.into()]);
        list.page(self, "sequence", limit, entry, |entry| entry.sequence + 1)
            .await
    }

    /// The deliveries of one rollout, in the order in which they were decided; `after` is the key of the last one seen.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn deliveries(
        &self,
        rollout: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Delivery, String>, StoreError> {
        let mut list = Selection::new(concat!("SELECT ", columns!(), " FROM outbox WHERE TRUE"));
        list.and("rollout = ?", [rollout.into()]);
        if let Some(key) = after {
            let place = "(sequence, notice_index, channel) > \
                         (SELECT o.sequence, o.notice_index, o.channel FROM outbox o WHERE o.key = ?)";
            list.and(place, [key.into()]);
        }
        let order = "sequence, notice_index, channel";
        list.page(self, order, limit, delivery, |delivery| delivery.key.clone())
            .await
    }
}

/// As whoever does not know the store asks: a cursor is a text to it.
#[async_trait]
impl History for Database {
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<RolloutRow>, HistoryError> {
        let after: Option<Cursor> = parsed(cursor)?;
        in_text(self.rollouts(filter, after.as_ref(), limit).await)
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, HistoryError> {
        unfinished(self).await.map_err(unreadable)
    }

    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError> {
        self.stored(id).await.map_err(unreadable)
    }

    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Entry>, HistoryError> {
        let from: Option<u64> = parsed(cursor)?;
        in_text(self.entries(id, from.unwrap_or(0), limit).await)
    }

    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Delivery>, HistoryError> {
        in_text(self.deliveries(id, cursor, limit).await)
    }
}

fn in_text<T, C: ToString>(page: Result<Page<T, C>, StoreError>) -> Result<Page<T>, HistoryError> {
    let Page { items, next } = page.map_err(unreadable)?;
    Ok(Page {
        items,
        next: next.map(|cursor| cursor.to_string()),
    })
}

fn parsed<C: FromStr>(cursor: Option<&str>) -> Result<Option<C>, HistoryError> {
    let parsed = cursor.map(str::parse).transpose();
    parsed.map_err(|_| HistoryError::Cursor)
}

fn unreadable(error: StoreError) -> HistoryError {
    HistoryError::Unreadable(error.to_string())
}

/// All rollouts that have not ended, or still owe something, oldest first: as many as the driver can hold.
pub(super) async fn unfinished(database: &Database) -> Result<Vec<Stored>, StoreError> {
    database
        .bounded(async {
            let mut session = database.reading().await?;
            let unfinished =
                "SELECT id, state FROM rollouts WHERE ended_at IS NULL OR owes = 1 ORDER BY started_at, id";
            let rows = session.rows(unfinished, &[]).await?;
            session.give_back();
            rows.iter().map(stored).collect()
        })
        .await
}

fn rollout_row(row: &Row) -> Result<RolloutRow, StoreError> {
    let id = row.text(0)?;
    let phase = from_word(&format!("the phase of {id}"), &row.text(4)?)?;
    let outcome = row.optional_text(5)?;
    let outcome = outcome.map(|outcome| from_word(&format!("the outcome of {id}"), &outcome));
    Ok(RolloutRow {
        id,
        namespace: row.text(1)?,
        name: row.text(2)?,
        revision: row.text(3)?,
        phase,
        outcome: outcome.transpose()?,
        started_at: row.time(6)?,
        ended_at: row.optional_time(7)?,
        cause: row.optional_text(8)?,
    })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let (rollout, sequence) = (row.text(0)?, row.count(1)?);
    let what = format!("entry {sequence} of {rollout}");
    Ok(Entry {
        rollout,
        sequence,
        at: row.time(2)?,
        input: from_json(&what, &row.text(3)?)?,
        effects: from_json(&what, &row.text(4)?)?,
    })
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    from_json(&format!("the state of {}", row.text(0)?), &row.text(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_is_written() {
        let cursor = Cursor {
            started_at: Timestamp(1_700_000_000_000),
            id: "checkout-1700000000000".to_owned(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "checkout", "now/checkout"] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError));
        }
    }
}
