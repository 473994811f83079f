//! What the journal keeps.

use serde::{Deserialize, Serialize};

use super::ports::JournalError;
use crate::engine::judge::counts::Counting;
use crate::engine::{Effect, Event, Rollout};
use crate::spec::{CheckedCanary, Timestamp};

/// One thing that happened to a rollout, and what the engine wanted done about it. Fed to the engine again
/// in order, the inputs give the same effects bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The rollout's id.
    pub rollout: String,
    /// Counts up from 0 within the rollout, without a gap.
    pub sequence: u64,
    /// The time that the engine was told.
    pub at: Timestamp,
    /// What happened.
    pub input: Input,
    /// What the engine wanted done.
    pub effects: Vec<Effect>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// The rollout started.
    Started {
        /// The Canary as it was then.
        canary: Box<CheckedCanary>,
        /// What is rolled out.
        revision: String,
        /// The judge's version: evidence is only replayed by the arithmetic that gathered it.
        judge_version: u32,
    },
    /// The engine was told of an event.
    Event(Event),
}

/// What a restart needs to go on with a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The engine's value, the judge's evidence included.
    pub rollout: Rollout,
    /// The newest raw counters.
    pub counting: Counting,
    /// The next entry's sequence number.
    pub next_sequence: u64,
}

impl Stored {
    /// Splits what an append brings into the entries that a journal with `next` as its next sequence number must hold
    /// already, and those that are new to it. Every journal keeps to this rule.
    ///
    /// # Errors
    /// Where the entries are another rollout's, leave a gap, or do not end where this state begins.
    pub fn split_known<'a>(
        &self,
        entries: &'a [Entry],
        next: u64,
    ) -> Result<(&'a [Entry], &'a [Entry]), JournalError> {
        let id = self.rollout.id();
        let refused = |reason: String| JournalError {
            reason: format!("rollout {id}: {reason}; nothing was written"),
        };
        let first = entries.first().map_or(self.next_sequence, |entry| entry.sequence);
        if first > next {
            return Err(refused(format!(
                "the append begins with sequence {first}, and {next} is next: there is a gap"
            )));
        }
        for (expected, entry) in (first..).zip(entries) {
            if entry.rollout != id {
                return Err(refused(format!("the append has an entry of {}", entry.rollout)));
            }
            if entry.sequence != expected {
                return Err(refused(format!(
                    "the append has sequence {} where {expected} belongs",
                    entry.sequence
                )));
            }
        }
        let end = first + entries.len() as u64;
        if end != self.next_sequence {
            return Err(refused(format!(
                "the append ends before sequence {end}, and its state begins with {}",
                self.next_sequence
            )));
        }
        let known = usize::try_from(next - first).map_or(entries.len(), |known| known.min(entries.len()));
        Ok(entries.split_at(known))
    }
}
