//! One append: the rollout's row, its entries, and a delivery for each notice and channel.

use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::session::{Dialect, Session, Value};
use super::words::{json, placeholders, word};
use crate::driver::{Delivery, Entry, Stored};

/// Rows a statement: what waited through an outage is written in a handful of round trips, and stays far below the
/// limits of both dialects (32,766 values in SQLite, 65,535 in PostgreSQL).
const ROWS_MAX: usize = 100;

/// Writes it all, within a transaction.
pub(super) async fn append(
    session: &mut Session<'_>,
    entries: &[Entry],
    state: &Stored,
) -> Result<(), StoreError> {
    let id = state.rollout.id();
    let next = match session.dialect() {
        Dialect::Sqlite => "SELECT next_sequence FROM rollouts WHERE id = $1",
        Dialect::Postgres => "SELECT next_sequence FROM rollouts WHERE id = $1 FOR UPDATE",
    };
    let next = match session.row(next, &[id.into()]).await? {
        Some(row) => row.count(0)?,
        None => 0,
    };
    let (known, new) = state
        .split_known(entries, next)
        .map_err(|refused| StoreError::Refused(refused.reason))?;
    compare(session, known).await?;
    if state.next_sequence < next {
        // A late repeat: everything in it is stored, and newer state with it.
        return Ok(());
    }
    write_state(session, state).await?;
    let rows = new.iter().map(event_row).collect::<Result<Vec<_>, _>>()?;
    insert(
        session,
        "INSERT INTO events (rollout, sequence, at, input, effects)",
        "",
        rows,
    )
    .await?;
    let mut rows = Vec::new();
    for entry in new {
        let channels = state.rollout.canary().notify.len().max(1);
        // They come notice by notice, each to every channel.
        for (position, delivery) in Delivery::of(entry, state.rollout.canary()).enumerate() {
            rows.push(delivery_row(entry.sequence, position / channels, delivery)?);
        }
    }
    let head = "INSERT INTO outbox (key, rollout, sequence, notice_index, channel, namespace, name, notice, \
                created_at, due_at, state, attempts)";
    insert(session, head, "ON CONFLICT (key) DO NOTHING", rows).await
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

async fn write_state(session: &mut Session<'_>, state: &Stored) -> Result<(), StoreError> {
    let status = state.rollout.status(state.at);
    let ended = status.phase.is_final();
    let outcome = status.ending.as_ref().filter(|_| ended);
    let values = [
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
    ];
    let write = "INSERT INTO rollouts \
                 (id, namespace, name, revision, phase, outcome, cause, ended_at, started_at, next_sequence, owes, state) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, outcome = excluded.outcome, \
                 cause = excluded.cause, ended_at = excluded.ended_at, next_sequence = excluded.next_sequence, owes = excluded.owes, \
                 state = excluded.state";
    session.execute(write, &values).await.map(drop)
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
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_MAX) {
        let columns = rows.first().map_or(0, Vec::len);
        // Made of our own words and placeholders.
        let sql = format!("{head} VALUES {} {tail}", placeholders(rows.len(), columns));
        session.execute(AssertSqlSafe(sql), &rows.concat()).await?;
    }
    Ok(())
}
