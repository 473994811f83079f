//! A journal that can be down: failing, hanging, or losing its answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::ports::{Journal, JournalError};
use serin::driver::{Entry, Input, MemoryJournal, Stored};
use serin::engine::{Effect, Event};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// Says at once that it cannot.
    Fails,
    /// Never answers, and keeps nothing.
    Hangs,
    /// Keeps what it is given and never says so.
    AnswersLost,
    /// Takes this long.
    Slow(Duration),
}

/// A journal in memory, behind a disk that may be gone. Clones are the same journal.
#[derive(Clone, Default)]
pub(crate) struct UnreliableJournal {
    memory: Arc<MemoryJournal>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    outage: Option<Outage>,
    /// Whether an entry that asks for a raise came since the outage began.
    raise_offered: bool,
    newest: BTreeMap<String, Arc<Stored>>,
    /// Answers of hooks in each transaction that had some.
    hook_answers: Vec<usize>,
}

impl UnreliableJournal {
    /// From now on this is wrong with it.
    pub(crate) fn break_down(&self, outage: Outage) {
        let mut state = self.state.lock().unwrap();
        state.outage = Some(outage);
        state.raise_offered = false;
    }

    /// From now on nothing is.
    pub(crate) fn recover(&self) {
        self.state.lock().unwrap().outage = None;
    }

    /// Whether a raise came to wait for it since the outage began.
    pub(crate) fn keeps_a_raise_waiting(&self) -> bool {
        self.state.lock().unwrap().raise_offered
    }

    /// How many answers of hooks there were in each transaction that had some.
    pub(crate) fn hook_answers(&self) -> Vec<usize> {
        self.state.lock().unwrap().hook_answers.clone()
    }

    /// A rollout's entries, in order.
    pub(crate) fn entries(&self, rollout: &str) -> Vec<Entry> {
        self.memory.entries(rollout)
    }

    /// The state that was appended last, ended or not.
    pub(crate) fn newest(&self, rollout: &str) -> Option<Arc<Stored>> {
        self.state.lock().unwrap().newest.get(rollout).cloned()
    }

    /// The ids of all rollouts that it ever heard of.
    pub(crate) fn rollouts(&self) -> Vec<String> {
        self.state.lock().unwrap().newest.keys().cloned().collect()
    }

    fn outage(&self) -> Option<Outage> {
        self.state.lock().unwrap().outage
    }

    async fn keep(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        self.memory.append(entries, state).await?;
        let id = state.rollout.id().to_owned();
        let is_answer = |entry: &&Entry| matches!(entry.input, Input::Event(Event::HookAnswered(_)));
        let answers = entries.iter().filter(is_answer).count();
        let mut kept = self.state.lock().unwrap();
        kept.newest.insert(id, state.clone());
        kept.hook_answers.extend((answers > 0).then_some(answers));
        Ok(())
    }
}

#[async_trait]
impl Journal for UnreliableJournal {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        let is_raise = |effect: &Effect| matches!(effect, Effect::Raise(_));
        if entries.iter().flat_map(|entry| &entry.effects).any(is_raise) {
            self.state.lock().unwrap().raise_offered = true;
        }
        match self.outage() {
            None => self.keep(entries, state).await,
            Some(Outage::Fails) => Err(failed()),
            Some(Outage::Hangs) => std::future::pending().await,
            Some(Outage::AnswersLost) => {
                self.keep(entries, state).await?;
                std::future::pending().await
            }
            Some(Outage::Slow(time)) => {
                tokio::time::sleep(time).await;
                self.keep(entries, state).await
            }
        }
    }

    /// As another process reads it: what was kept went through JSON in between.
    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        match self.outage() {
            Some(Outage::Fails) => Err(failed()),
            Some(Outage::Hangs | Outage::AnswersLost) => std::future::pending().await,
            None | Some(Outage::Slow(_)) => {
                let unfinished = self.memory.unfinished().await?;
                Ok(unfinished.iter().map(through_json).collect())
            }
        }
    }
}

fn through_json(stored: &Stored) -> Stored {
    serde_json::from_str(&serde_json::to_string(stored).unwrap()).unwrap()
}

fn failed() -> JournalError {
    JournalError {
        reason: "disk full".into(),
    }
}
