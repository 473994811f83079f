//! A journal and an outbox that forget when the process ends: for the demo, and the fake of the tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::memory_outbox::Deliveries;
use super::outbox::{Attempt, Delivery, Outbox, Untold};
use super::ports::{Journal, JournalError};
use super::record::{Entry, Stored};
use crate::spec::Timestamp;

/// Entries kept for each rollout; the oldest go first. A day of ten-second looks at four entries each.
const ENTRIES_MAX: usize = 40_000;

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rollouts: BTreeMap<String, (Stored, Vec<Entry>)>,
    deliveries: Deliveries,
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

    /// The deliveries of a rollout, in the order in which they were decided, as far as they are kept.
    #[must_use]
    pub fn deliveries(&self, rollout: &str) -> Vec<Delivery> {
        self.kept().deliveries.of(rollout)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
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
            kept.deliveries.add(entry, state.rollout.canary());
        }
        let (stored, stored_entries) = kept
            .rollouts
            .entry(id.to_owned())
            .or_insert_with(|| (Stored::clone(state), Vec::new()));
        *stored = Stored::clone(state);
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
            .filter(|stored| !stored.rollout.is_over());
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
        Ok(self.kept().deliveries.lease(channel, now, until, limit))
    }

    async fn settle(&self, key: &str, attempt: &Attempt, _now: Timestamp) -> Result<(), JournalError> {
        self.kept().deliveries.settle(key, attempt);
        Ok(())
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        Ok(self.kept().deliveries.due())
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        Ok(self.kept().deliveries.backlog())
    }

    async fn of_rollout(&self, rollout: &str) -> Result<Vec<Delivery>, JournalError> {
        Ok(self.kept().deliveries.newest_of(rollout))
    }

    async fn hand_on(&self, untold: &Untold<'_>, to: &str, now: Timestamp) -> Result<u64, JournalError> {
        Ok(self.kept().deliveries.hand_on(untold, to, now))
    }
}
