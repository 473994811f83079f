//! A journal that forgets when the process ends: for the demo, and the fake of the tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::ports::{Journal, JournalError};
use super::record::{Entry, Stored};

/// Entries kept for each rollout; the oldest go first. A day of ten-second looks at four entries each.
const ENTRIES_MAX: usize = 40_000;

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    rollouts: Mutex<BTreeMap<String, (Stored, Vec<Entry>)>>,
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
        kept.extend(entries.iter().filter(is_new).cloned());
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
