//! What the journal keeps.

use serde::{Deserialize, Serialize};

use super::ports::JournalError;
use crate::engine::judge::counting::Counting;
use crate::engine::{Change, Effect, Event, Rollout, Trail};
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

impl Entry {
    /// Whether it is a part of a poll that asks for nothing: lost, it is read again.
    pub(super) fn is_but_a_reading(&self) -> bool {
        let Input::Event(event) = &self.input else {
            return false;
        };
        let is_read = matches!(
            event,
            Event::Wake
                | Event::Traffic(_)
                | Event::TrafficUnread(_)
                | Event::Workload(_)
                | Event::WorkloadUnseen(_)
        );
        is_read && self.effects.iter().all(|effect| *effect == Effect::Poll)
    }

    /// Whether it tells of an abort that was written into the object and not journalled, by a process that is gone: the mark that
    /// was read is what ends the rollout.
    #[must_use]
    pub fn recovers_an_abort(&self) -> bool {
        let Input::Event(Event::Traffic(state) | Event::Wrote(state)) = &self.input else {
            return false;
        };
        let ends = |effect: &Effect| matches!(effect, Effect::Lower(lower) if lower.abort);
        state.is_aborted(&self.rollout) && self.effects.iter().any(ends)
    }
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
        /// What stable ran; none where nobody said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The revision of the canary's workload, where it was known: no other one is judged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
        /// The judge's version: evidence is only replayed by the arithmetic that gathered it.
        judge_version: u32,
        /// Whether its rollback, should there be one, is to be confirmed by the traffic. Earlier versions did not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_confirmed: bool,
        /// Who asked for it, where somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Asked>,
    },
    /// The engine was told of an event.
    Event(Event),
}

impl Input {
    /// The rollout that this starts under the name `id`, and what it wants done first; none where it is no start.
    #[must_use]
    pub fn start(&self, id: String, at: Timestamp) -> Option<(Rollout, Vec<Effect>)> {
        let Self::Started {
            canary,
            revision,
            from,
            template,
            is_confirmed,
            ..
        } = self
        else {
            return None;
        };
        let change = Change {
            from: from.clone(),
            to: revision.clone(),
        };
        let (mut rollout, effects) = Rollout::start(id, CheckedCanary::clone(canary), change, at);
        if let Some(template) = template {
            rollout.judge_only(template.clone());
        }
        if *is_confirmed {
            rollout.confirm_rollback();
        }
        Some((rollout, effects))
    }
}

/// Who asked for a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it came from, where somebody asked over the network.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
    /// What was seen in the cluster, where it is a change there that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// What was seen of a Canary in the cluster, as far as a change of it starts a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Name of the canary's Deployment.
    pub workload: String,
    /// Its revision: what its pod template says, as a hash.
    pub revision: String,
    /// The annotation that starts a rollout when it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
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

impl Stored {
    /// Splits what an append brings into the entries that a journal with `next` as its next sequence number knows already,
    /// and those that are new to it. Every journal keeps to this rule.
    ///
    /// # Errors
    /// Where the entries are not this rollout's, do not follow each other, or do not end where this state begins.
    pub fn split_known<'a>(
        &self,
        entries: &'a [Entry],
        next: u64,
    ) -> Result<(&'a [Entry], &'a [Entry]), JournalError> {
        let id = self.rollout.id();
        let first = self.next_sequence.checked_sub(entries.len() as u64);
        let fits = first.is_some_and(|first| {
            let mut numbered = (first..).zip(entries);
            numbered.all(|(sequence, entry)| entry.rollout == id && entry.sequence == sequence)
        });
        if !fits {
            let name = |entry: Option<&Entry>| {
                entry.map_or_else(String::new, |entry| {
                    format!("{}/{}", entry.rollout, entry.sequence)
                })
            };
            return Err(JournalError {
                reason: format!(
                    "expected the entries of {id} that end before sequence {}, found {} from {} to {}; nothing was written",
                    self.next_sequence,
                    entries.len(),
                    name(entries.first()),
                    name(entries.last())
                ),
            });
        }
        let known = entries.partition_point(|entry| entry.sequence < next);
        Ok(entries.split_at(known))
    }
}
