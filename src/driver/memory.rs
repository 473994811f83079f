//! A journal and an outbox that forget when the process ends: for the demo, and the fake of the tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::memory_outbox::Deliveries;
use super::outbox::{Attempt, Delivery, Outbox};
use super::ports::{Journal, JournalError};
use super::record::{Entry, Stored};
use crate::spec::Timestamp;

/// Entries kept for each rollout; the oldest go first. A day of ten-second looks at four entries each.
const ENTRIES_MAX: usize = 40_000;

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    rollouts: Mutex<BTreeMap<String, (Stored, Vec<Entry>)>>,
    deliveries: Mutex<Deliveries>,
}

impl MemoryJournal {
    /// The entries of a rollout, in order.
    #[must_use]
    pub fn entries(&self, rollout: &str) -> Vec<Entry> {
        let rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        rollouts
            .get(rollout)
            .map(|(_, entries)| entries.clone())
            .unwrap_or_default()
    }

    /// The deliveries of a rollout, in the order in which they were decided, as far as they are kept.
    #[must_use]
    pub fn deliveries(&self, rollout: &str) -> Vec<Delivery> {
        self.outbox().of(rollout)
    }

    fn outbox(&self) -> MutexGuard<'_, Deliveries> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, entries: &[Entry], state: &Stored) -> Result<(), JournalError> {
        let mut rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        let id = state.rollout.id().to_owned();
        let (stored, kept) = rollouts.entry(id).or_insert_with(|| (state.clone(), Vec::new()));
        if state.next_sequence >= stored.next_sequence {
            *stored = state.clone();
        }
        let known = kept.last().map(|entry| entry.sequence);
        let is_new = |entry: &&Entry| known.is_none_or(|known| entry.sequence > known);
        let new: Vec<&Entry> = entries.iter().filter(is_new).collect();
        let mut outbox = self.outbox();
        for entry in &new {
            outbox.add(entry, state.rollout.canary());
        }
        kept.extend(new.into_iter().cloned());
        let excess = kept.len().saturating_sub(ENTRIES_MAX);
        kept.drain(..excess);
        Ok(())
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        let rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        let unfinished = rollouts
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
        Ok(self.outbox().lease(channel, now, until, limit))
    }

    async fn settle(&self, key: &str, attempt: &Attempt, _now: Timestamp) -> Result<(), JournalError> {
        self.outbox().settle(key, attempt);
        Ok(())
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        Ok(self.outbox().due())
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        Ok(self.outbox().backlog())
    }
}
