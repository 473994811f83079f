//! What the journal keeps.

use serde::{Deserialize, Serialize};

use crate::engine::judge::counting::Counting;
use crate::engine::{Effect, Event, Rollout};
use crate::spec::{CheckedCanary, Timestamp};

/// One thing that happened to a rollout, and what the engine wanted done about it. Fed to the engine again
/// in order, the inputs give the same effects bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The rollout's id.
    pub rollout: String,
    /// Counts up from 0 within the rollout. A gap says that entries were lost, in an outage of the journal that
    /// outlasted the queue before it.
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
#[serde(rename_all = "snake_case")]
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
    /// The time of the newest entry: whoever goes on is told no earlier one.
    pub at: Timestamp,
}
