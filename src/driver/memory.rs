//! A journal that forgets when the process ends: for the demo, and the fake of the tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::outbox::{Attempt, Delivery, DeliveryState, Outbox};
use super::ports::{Journal, JournalError};
use super::record::{Entry, Stored};
use crate::spec::Timestamp;

/// Entries kept for each rollout; the oldest go first. A day of ten-second looks at four entries each.
const ENTRIES_MAX: usize = 40_000;

/// Deliveries kept; the oldest go first. A rollout has some ten of them a channel.
const DELIVERIES_MAX: usize = 10_000;

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rollouts: BTreeMap<String, (Stored, Vec<Entry>)>,
    /// In the order in which they were decided.
    deliveries: Vec<(Delivery, Timestamp)>,
}

impl MemoryJournal {
    /// The entries of a rollout, in order.
    #[must_use]
    pub fn entries(&self, rollout: &str) -> Vec<Entry> {
        let kept = self.kept();
        kept.rollouts
            .get(rollout)
            .map(|(_, entries)| entries.clone())
            .unwrap_or_default()
    }

    /// The deliveries of a rollout, in the order in which they were decided.
    #[must_use]
    pub fn deliveries(&self, rollout: &str) -> Vec<Delivery> {
        let kept = self.kept();
        let deliveries = kept.deliveries.iter().map(|(delivery, _)| delivery);
        deliveries
            .filter(|delivery| delivery.rollout == rollout)
            .cloned()
            .collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, entries: &[Entry], state: &Stored) -> Result<(), JournalError> {
        let mut kept = self.kept();
        let id = state.rollout.id();
        let next = kept
            .rollouts
            .get(id)
            .map_or(0, |(stored, _)| stored.next_sequence);
        let (known, new) = state.split_known(entries, next)?;
        let stored = |entry: &Entry| {
            let (_, stored) = kept.rollouts.get(id)?;
            stored
                .iter()
                .rev()
                .find(|stored| stored.sequence == entry.sequence)
        };
        if known
            .iter()
            .any(|entry| stored(entry).is_some_and(|stored| stored != entry))
        {
            return Err(JournalError {
                reason: format!(
                    "rollout {id}: another entry has one of these sequence numbers; nothing was written"
                ),
            });
        }
        if state.next_sequence < next {
            return Ok(());
        }
        for entry in new {
            let deliveries = Delivery::of(entry, state.rollout.canary());
            kept.deliveries
                .extend(deliveries.map(|delivery| (delivery, entry.at)));
        }
        let excess = kept.deliveries.len().saturating_sub(DELIVERIES_MAX);
        kept.deliveries.drain(..excess);
        let (stored, stored_entries) = kept
            .rollouts
            .entry(id.to_owned())
            .or_insert_with(|| (state.clone(), Vec::new()));
        *stored = state.clone();
        stored_entries.extend_from_slice(new);
        let excess = stored_entries.len().saturating_sub(ENTRIES_MAX);
        stored_entries.drain(..excess);
        Ok(())
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        let kept = self.kept();
        let unfinished = kept
            .rollouts
            .values()
            .map(|(stored, _)| stored)
            .filter(|stored| !stored.rollout.phase().is_final());
        Ok(unfinished.cloned().collect())
    }
}

#[async_trait]
impl Outbox for MemoryJournal {
    async fn lease(
        &self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, JournalError> {
        let mut kept = self.kept();
        let mut due: Vec<&mut (Delivery, Timestamp)> = kept
            .deliveries
            .iter_mut()
            .filter(|(delivery, due_at)| {
                delivery.channel == channel && delivery.state == DeliveryState::Pending && *due_at <= now
            })
            .collect();
        due.sort_by_key(|(delivery, _)| delivery.created_at);
        due.truncate(limit);
        Ok(due
            .into_iter()
            .map(|(delivery, due_at)| {
                *due_at = until;
                delivery.clone()
            })
            .collect())
    }

    async fn settle(&self, key: &str, attempt: &Attempt, _now: Timestamp) -> Result<(), JournalError> {
        let mut kept = self.kept();
        let found = kept
            .deliveries
            .iter_mut()
            .find(|(delivery, _)| delivery.key == key && delivery.state == DeliveryState::Pending);
        if let Some((delivery, due_at)) = found {
            delivery.attempts += 1;
            match attempt {
                Attempt::Delivered => delivery.state = DeliveryState::Delivered,
                Attempt::Retry { at, error } => {
                    *due_at = *at;
                    delivery.last_error = Some(error.clone());
                }
                Attempt::Dead { error } => {
                    delivery.state = DeliveryState::Dead;
                    delivery.last_error = Some(error.clone());
                }
            }
        }
        Ok(())
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        let kept = self.kept();
        let pending = || {
            let deliveries = kept.deliveries.iter().map(|(delivery, _)| delivery);
            deliveries.filter(|delivery| delivery.state == DeliveryState::Pending)
        };
        Ok((
            pending().count() as u64,
            pending().map(|delivery| delivery.created_at).min(),
        ))
    }
}
