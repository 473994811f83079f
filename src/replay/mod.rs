//! What was decided, again: a rollout's inputs, as the journal kept them, fed to a fresh engine.
//!
//! Promises: a replay that finds no difference means that the engine of this binary wants, at every entry, what the journal says was
//! wanted then, and that it ends in the state that the journal ends in, bit for bit.
//!
//! - [`Replay`] — takes the entries in order.
//! - [`counts`] — the counts of a rollout as a file that others can read, write and keep.
//! - [`hearing`] — judges such a file, look by look.

pub mod counts;
pub mod hearing;
mod sound;

use crate::driver::{Entry, Input};
use crate::engine::{Effect, Event, Rollout, judge};
use crate::spec::Timestamp;

/// A rollout on its way through its entries.
#[derive(Debug, Default)]
pub struct Replay {
    rollout: Option<Rollout>,
    next_sequence: u64,
}

/// Why a replay ends before the entries do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// An entry is not there.
    #[error(
        "entry {expected} is missing (found {found} in its place): the rollout cannot be replayed from there on"
    )]
    Gap {
        /// The sequence number that was due.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// The first entry is not a start, or a later one is.
    #[error("entry {0} is out of place: a rollout has one start, and begins with it")]
    Misplaced(u64),
    /// Other arithmetic gathered the evidence.
    #[error(
        "it was judged by version {recorded} of the judge, and this binary has version {own}; \
         hint: replay it with the release that ran it"
    )]
    OtherJudge {
        /// The version that the journal names.
        recorded: u32,
        /// This binary's.
        own: u32,
    },
    /// The engine wants something else than it wanted then.
    #[error("{0}")]
    Differs(Box<Difference>),
}

/// The first decision that is not the same again.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The entry's sequence number.
    pub sequence: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What the journal says was wanted.
    pub recorded: Vec<Effect>,
    /// What the engine wants now.
    pub replayed: Vec<Effect>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "entry {} of {} differs: the journal has {:?}, the engine wants {:?}",
            self.sequence, self.at, self.recorded, self.replayed
        )
    }
}

/// What one entry brought.
#[derive(Debug)]
pub struct Replayed<'r> {
    /// The rollout after it.
    pub rollout: &'r Rollout,
    /// If it was a look: what the judge was told of it beside its counts.
    pub look: Option<counts::Setting>,
}

impl Replay {
    /// Feeds the next entry, and compares what is wanted.
    ///
    /// # Errors
    /// See [`ReplayError`]. The replay is over then.
    pub fn take(&mut self, entry: &Entry) -> Result<Replayed<'_>, ReplayError> {
        if entry.sequence != self.next_sequence {
            return Err(ReplayError::Gap {
                expected: self.next_sequence,
                found: entry.sequence,
            });
        }
        let mut look = None;
        let (rollout, effects) = match (self.rollout.take(), &entry.input) {
            (None, started @ Input::Started { judge_version, .. }) => {
                if *judge_version != judge::VERSION {
                    return Err(ReplayError::OtherJudge {
                        recorded: *judge_version,
                        own: judge::VERSION,
                    });
                }
                let started = started.start(entry.rollout.clone(), entry.at);
                started.expect("it is a start")
            }
            (Some(mut rollout), Input::Event(event)) => {
                if let Event::Look(counts) = event {
                    look = Some(counts::Setting {
                        weight: rollout.status(entry.at).weight,
                        first_at_weight: rollout.mixes_weights(counts.sampled_at()),
                    });
                }
                let effects = rollout.handle(event.clone(), entry.at);
                (rollout, effects)
            }
            (Some(_), Input::Started { .. }) | (None, Input::Event(_)) => {
                return Err(ReplayError::Misplaced(entry.sequence));
            }
        };
        if effects != entry.effects {
            return Err(ReplayError::Differs(Box::new(Difference {
                sequence: entry.sequence,
                at: entry.at,
                recorded: entry.effects.clone(),
                replayed: effects,
            })));
        }
        self.next_sequence += 1;
        Ok(Replayed {
            rollout: self.rollout.insert(rollout),
            look,
        })
    }

    /// Number of entries that were the same again.
    #[must_use]
    pub const fn decisions(&self) -> u64 {
        self.next_sequence
    }

    /// The rollout after the last entry; none before the first.
    #[must_use]
    pub const fn rollout(&self) -> Option<&Rollout> {
        self.rollout.as_ref()
    }
}
