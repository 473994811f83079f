//! Appends: each rollout's row, its entries, and a delivery for each notice and channel.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::group::Append;
use super::session::{Dialect, Session, Value};
use super::words::{json, placeholders, word};
use crate::driver::{Delivery, Entry, Stored};

/// Rows a statement: what waited through an outage, or comes at one moment, is written in few round trips. Not more, because a prepared
/// statement is kept, and binding its values takes the square of their number in SQLite. Far below the limits of both dialects
/// (32,766 values in SQLite, 65,535 in PostgreSQL).
const ROWS_MAX: usize = 16;

/// Writes them all, within a transaction. No two of them are of one rollout.
pub(super) async fn append(session: &mut Session<'_>, appends: &[Arc<Append>]) -> Result<(), StoreError> {
    let next = next_sequences(session, appends).await?;
    let (mut states, mut events, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
    for append in appends {
        let state = &append.state;
        let next = next.get(state.rollout.id()).copied().unwrap_or(0);
        let (known, new) = state
            .split_known(&append.entries, next)
            .map_err(|refused| StoreError::Refused(refused.reason))?;
        compare(session, known).await?;
        if state.next_sequence < next {
            // A late repeat: everything in it is stored, and newer state with it.
            continue;
        }
        states.push(state_row(state)?);
        for entry in new {
            events.push(event_row(entry)?);
            let channels = state.rollout.canary().notify.len().max(1);
            // They come notice by notice, each to every channel.
            for (position, delivery) in Delivery::of(entry, state.rollout.canary()).enumerate() {
                deliveries.push(delivery_row(entry.sequence, position / channels, delivery)?);
            }
        }
    }
    let head = "INSERT INTO rollouts \
                (id, namespace, name, revision, phase, outcome, cause, ended_at, started_at, next_sequence, owes, state)";
    let tail = "ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, outcome = excluded.outcome, \
                cause = excluded.cause, ended_at = excluded.ended_at, next_sequence = excluded.next_sequence, \
                owes = excluded.owes, state = excluded.state";
    insert(session, head, tail, states).await?;
    let head = "INSERT INTO events (rollout, sequence, at, input, effects)";
    insert(session, head, "", events).await?;
    let head = "INSERT INTO outbox (key, rollout, sequence, notice_index, channel, namespace, name, notice, \
                created_at, due_at, state, attempts)";
    insert(session, head, "ON CONFLICT (key) DO NOTHING", deliveries).await
}

/// The next sequence numbers by rollout, of those that are stored. They stay what they are until the transaction ends.
async fn next_sequences(
    session: &mut Session<'_>,
    appends: &[Arc<Append>],
) -> Result<HashMap<String, u64>, StoreError> {
    let ids: Vec<Value> = appends
        .iter()
        .map(|append| append.state.rollout.id().into())
        .collect();
    let lock = match session.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE",
    };
    let mut next = HashMap::new();
    for ids in portions(&ids) {
        let places = placeholders(1, ids.len());
        // Made of our own words and placeholders.
        let sql = format!("SELECT id, next_sequence FROM rollouts WHERE id IN {places}{lock}");
        for row in session.rows(AssertSqlSafe(sql), ids).await? {
            next.insert(row.text(0)?, row.count(1)?);
        }
    }
    Ok(next)
}

/// What is said to be stored has to be what is stored.
async fn compare(session: &mut Session<'_>, known: &[Entry]) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return Ok(());
    };
    let stored = "SELECT sequence, at, input, effects FROM events \
                  WHERE rollout = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence";
    let range = [
        first.rollout.as_str().into(),
        first.sequence.into(),
        last.sequence.into(),
    ];
    for row in session.rows(stored, &range).await? {
        let sequence = row.count(0)?;
        let entry = known.iter().find(|entry| entry.sequence == sequence);
        let same = match entry {
            Some(entry) => {
                row.time(1)? == entry.at
                    && row.text(2)? == json("an input", &entry.input)?
                    && row.text(3)? == json("effects", &entry.effects)?
            }
            None => false,
        };
        if !same {
            return Err(StoreError::Refused(format!(
                "rollout {}: another entry has the sequence number {sequence}; nothing was written",
                first.rollout
            )));
        }
    }
    Ok(())
}

fn state_row(state: &Stored) -> Result<Vec<Value>, StoreError> {
    let status = state.rollout.status(state.at);
    let ended = status.phase.is_final();
    let outcome = status.ending.as_ref().filter(|_| ended);
    Ok(vec![
        status.id.into(),
        status.namespace.into(),
        status.name.into(),
        status.revision.into(),
        word(&status.phase)?.into(),
        outcome.map(|ending| word(&ending.outcome)).transpose()?.into(),
        outcome.map(|ending| ending.cause.to_string()).into(),
        ended.then_some(status.phase_since).into(),
        status.started_at.into(),
        state.next_sequence.into(),
        u64::from(ended && !state.rollout.is_over()).into(),
        json("the rollout's state", state)?.into(),
    ])
}

fn event_row(entry: &Entry) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        entry.rollout.as_str().into(),
        entry.sequence.into(),
        entry.at.into(),
        json("an input", &entry.input)?.into(),
        json("effects", &entry.effects)?.into(),
    ])
}

fn delivery_row(sequence: u64, notice_index: usize, delivery: Delivery) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        delivery.key.into(),
        delivery.rollout.into(),
        sequence.into(),
        notice_index.into(),
        delivery.channel.into(),
        delivery.namespace.into(),
        delivery.name.into(),
        json("a notice", &delivery.notice)?.into(),
        delivery.created_at.into(),
        delivery.created_at.into(),
        word(&delivery.state)?.into(),
        u64::from(delivery.attempts).into(),
    ])
}

async fn insert(
    session: &mut Session<'_>,
    head: &str,
    tail: &str,
    mut rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    while let Some(number) = portion(rows.len()) {
        let columns = rows.first().map_or(0, Vec::len);
        let values: Vec<Value> = rows.drain(..number).flatten().collect();
        // Made of our own words and placeholders.
        let sql = format!("{head} VALUES {} {tail}", placeholders(number, columns));
        session.execute(AssertSqlSafe(sql), &values).await?;
    }
    Ok(())
}

/// How many of `left` rows are next: [`ROWS_MAX`], and of what is left at the end ever smaller powers of two, so that few statements
/// differ and they stay prepared.
fn portion(left: usize) -> Option<usize> {
    left.checked_ilog2().map(|power| (1 << power).min(ROWS_MAX))
}

/// All in such portions.
fn portions<T>(mut all: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let (next, rest) = all.split_at(portion(all.len())?);
        all = rest;
        Some(next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_one_portion_and_portions_are_of_few_sizes() {
        let all: Vec<usize> = (0..43).collect();
        let sizes: Vec<usize> = portions(&all).map(<[usize]>::len).collect();
        assert_eq!(sizes, [16, 16, 8, 2, 1]);
        assert_eq!(portions(&all).collect::<Vec<_>>().concat(), all);
        assert_eq!(portions::<usize>(&[]).count(), 0);
    }
}
