//! One look at one Canary: what follows is done, and what was done is kept.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::attempt::Attempts;
use super::decide::{Decision, Newest, UnderWay, decide};
use crate::controller::Parts;
use crate::controller::events::{News, first_seen, start_refused};
use crate::controller::notes::{Dealt, Notes};
use crate::driver::{Asked, Seen, StartError};
use crate::engine::{Cause, Change, Event, Phase, Status, Trail};
use crate::spec::{CheckedCanary, Mode};

/// Who asks, as the journal has it.
const BY: &str = "serin";

/// What is kept of a Canary between two looks at it.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) uid: String,
    pub(super) dealt: Option<Dealt>,
    pub(super) attempts: Option<Attempts>,
    /// What is attempted.
    pub(super) attempted: Option<Seen>,
    /// The newest rollout before this process.
    pub(super) past: Option<Arc<Status>>,
    /// The rollout that was told of another revision, and which one.
    pub(super) told: Option<(String, String)>,
}

/// Whether the rollout was of what is seen now, and ended because another revision was seen.
fn is_superseded(status: &Status, seen: &Seen) -> bool {
    let cause = status.ending.as_ref().map(|ending| &ending.cause);
    status.phase.is_final()
        && status.revision == seen.revision
        && matches!(cause, Some(Cause::RevisionChanged(_)))
}

/// One look at one Canary.
pub(super) struct Step<'a> {
    pub(super) parts: &'a Parts,
    pub(super) notes: &'a Notes,
    pub(super) news: &'a mpsc::Sender<News>,
    pub(super) name: &'a str,
    pub(super) canary: &'a CheckedCanary,
    /// The revision of the stable workload; none while that is not there.
    pub(super) stable: Option<&'a str>,
}

impl Step<'_> {
    /// Does what follows; gives what the journal is to have first, before anybody is told.
    pub(super) fn take(&self, memory: &mut Memory, seen: Seen) -> Option<Dealt> {
        let known = memory.dealt.as_ref().map(|dealt| &dealt.seen);
        let driver = &self.parts.driver;
        let status = driver.status_of(&self.canary.namespace, &self.canary.name);
        let newest = status.as_ref().or(memory.past.as_deref());
        let led = newest.filter(|status| status.is_gated && self.canary.mode == Mode::Observe);
        let was_superseded = newest.is_some_and(|status| is_superseded(status, &seen));
        let newest = Newest {
            was_superseded,
            is_led: led.is_some(),
        };
        let running = status.as_ref().filter(|status| !status.phase.is_final());
        let under_way = running.map(|status| UnderWay {
            revision: &status.revision,
            is_ending: status.phase == Phase::Aborting,
            is_gated: status.is_gated,
        });
        match decide(known, &seen, under_way, newest) {
            Decision::Nothing | Decision::Wait => {
                memory.attempts = None;
                None
            }
            Decision::Record => {
                if known.is_none_or(|known| known.workload != seen.workload) {
                    // Without room it is in the log.
                    drop(self.news.try_send(first_seen(self.name, &seen)));
                }
                self.record(memory, seen);
                None
            }
            Decision::Refuse => {
                self.refuse(
                    "the annotation starts no rollout: one is under way; change it again after that"
                        .to_owned(),
                );
                self.record(memory, seen);
                None
            }
            Decision::Supersede => {
                let id = running.map(|status| status.id.clone()).unwrap_or_default();
                self.supersede(memory, id, seen.revision);
                None
            }
            Decision::Start { is_new_revision } => self.start(memory, seen, is_new_revision),
        }
    }

    fn record(&self, memory: &mut Memory, seen: Seen) {
        let rollout = memory.dealt.take().and_then(|dealt| dealt.rollout);
        let dealt = Dealt { seen, rollout };
        tracing::info!(
            canary = self.name,
            revision = dealt.seen.revision,
            "seen, and nothing is started"
        );
        self.notes.dealt(self.name, &dealt);
        memory.dealt = Some(dealt);
        memory.attempts = None;
    }

    fn refuse(&self, text: String) {
        tracing::warn!(canary = self.name, "{text}");
        // Without room it is in the log.
        drop(self.news.try_send(start_refused(self.name, text)));
    }

    fn supersede(&self, memory: &mut Memory, id: String, revision: String) {
        let news = (id, revision);
        if memory.told.as_ref() == Some(&news) {
            return;
        }
        let (id, revision) = news.clone();
        match self
            .parts
            .driver
            .tell(&id, Event::RevisionChanged(revision.clone()))
        {
            Ok(()) => {
                tracing::info!(
                    canary = self.name,
                    rollout.id = id,
                    revision,
                    "the canary is of another revision: this rollout ends, and another begins after it"
                );
                memory.told = Some(news);
                memory.attempts = None;
            }
            Err(error) => {
                tracing::warn!(
                    canary = self.name,
                    rollout.id = id,
                    "not told of {revision} yet: {error}"
                );
                self.again(memory, None);
            }
        }
    }

    fn start(&self, memory: &mut Memory, seen: Seen, is_new_revision: bool) -> Option<Dealt> {
        let now = self.parts.clock.now();
        if memory.attempted.as_ref() != Some(&seen) {
            // What was tried before was another start.
            memory.attempts = None;
        }
        if memory
            .attempts
            .as_ref()
            .is_some_and(|attempts| attempts.is_waiting(now))
        {
            return None;
        }
        let reason = if is_new_revision {
            format!("the pod template of Deployment {} changed", seen.workload)
        } else {
            "the annotation serin.dev/start changed".to_owned()
        };
        let asked = Asked {
            by: BY.to_owned(),
            reason,
            trail: Trail::default(),
            seen: Some(seen.clone()),
        };
        let change = Change {
            from: self.stable.map(str::to_owned),
            to: seen.revision.clone(),
        };
        let started = self
            .parts
            .driver
            .start_for(Some(asked), self.canary.clone(), change);
        match started {
            Ok(id) => {
                let dealt = Dealt {
                    seen,
                    rollout: Some(id),
                };
                memory.dealt = Some(dealt.clone());
                memory.attempts = None;
                memory.attempted = None;
                Some(dealt)
            }
            Err(error) => {
                memory.attempted = Some(seen);
                self.again(memory, Some(&error));
                None
            }
        }
    }

    /// Another attempt is due later, or given up.
    fn again(&self, memory: &mut Memory, refused: Option<&StartError>) {
        let now = self.parts.clock.now();
        match &mut memory.attempts {
            None => {
                memory.attempts = Some(Attempts::begin(now));
                if let Some(error) = refused {
                    tracing::info!(canary = self.name, "not started yet, and tried again: {error}");
                }
            }
            Some(attempts) => {
                if !attempts.refused(now)
                    && let Some(error) = refused
                {
                    self.refuse(format!(
                        "not started, and given up until something changes: {error}"
                    ));
                }
            }
        }
    }
}
