//! What the engine wants done, and when each of it is done.
//!
//! - A **raise** begins after the entry that asks for it is journalled, and is dropped when a lowering is asked for
//!   meanwhile.
//! - A **lowering** begins at once, and its entry is journalled after the write was answered.
//! - A poll begins at once, and what it brings is journalled together; a refusal is the answer to whoever asked.
//! - Everything else begins once its entry is journalled.

use std::sync::Arc;

use super::commits::{Answer, Deferred, DueRaise, NotCommitted};
use super::error::CommandError;
use super::record::{Entry, Input};
use super::runner::Runner;
use super::{Progress, deliver, hooks, log};
use crate::engine::{Effect, Event, Fault, FaultKind, Lower, Notice, Refusal};
use crate::spec::{HookType, Timestamp};

impl Runner {
    /// Takes an entry in, begins what it wants done at once and defers the rest. Gives the refusal, if there was one.
    pub(super) fn record(&mut self, input: Input, effects: Vec<Effect>, now: Timestamp) -> Option<Refusal> {
        log::effects(&self.scene.rollout, &effects);
        let looked = matches!(input, Input::Event(Event::Look(_)));
        let status = Arc::new(self.state.rollout.status(now));
        self.route_trouble.watch(&status, now);
        let state = self.state();
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        state.at = now;
        self.commits.add(Entry {
            rollout: self.scene.rollout.clone(),
            sequence,
            at: now,
            input,
            effects: effects.clone(),
        });

        let wanted = effects.clone();
        let mut refusal = None;
        let mut notices = Vec::new();
        for effect in effects {
            match effect {
                Effect::Lower(lower) => self.lower(lower),
                Effect::Poll if !self.is_stopping => self.polls.begin(&self.scene, self.write.is_some()),
                Effect::Poll => {}
                Effect::Refuse(refused) => refusal = Some(refused),
                Effect::Raise(raise) => {
                    let not_after = status.look_good_until.unwrap_or_default();
                    self.commits.deferred().raise = Some(DueRaise { raise, not_after });
                }
                Effect::Notify(notice) => {
                    let key = format!("{}/{sequence}/{}", self.scene.rollout, notices.len());
                    notices.push(notice.clone());
                    self.commits.deferred().news.push_back((key, notice));
                }
                other => self.commits.deferred().effects.push(other),
            }
        }
        self.board.show(Progress {
            at: now,
            looked,
            notices,
            effects: wanted,
            status,
        });
        refusal
    }

    /// Everything that is under way to raise is void; what lowers begins at once.
    fn lower(&mut self, lower: Lower) {
        self.commits.make_void(lower.abort);
        if lower.abort {
            self.promotion.give_up();
        }
        self.polls.give_up_route();
        self.write.lower(Arc::clone(&self.scene), lower);
    }

    /// Hands what waits to the journal; behind a lowering that is being written, so that no journal delays it and
    /// what comes of it is in the same transaction. The parts of a poll wait for its look.
    pub(super) fn commit(&mut self) {
        let is_partial = !self.is_stopping && self.polls.is_looking() && self.commits.can_wait();
        if !self.write.is_lowering() && !is_partial {
            let ports = &self.scene.ports;
            self.commits.begin(&ports.journal, ports.clock.now(), &self.state);
        }
    }

    /// Takes the journal's answer in.
    pub(super) fn committed(&mut self, answer: Answer) {
        match self.commits.take(answer, self.scene.ports.clock.now()) {
            Ok(deferred) => {
                self.carry_out(deferred);
                if self.commits.is_empty() {
                    self.board.journalled();
                }
            }
            Err(failed) => self.not_committed(failed),
        }
    }

    fn not_committed(&mut self, failed: NotCommitted) {
        let NotCommitted {
            error,
            raise_is_void,
            replies,
        } = failed;
        tracing::error!(rollout.id = self.scene.rollout, %error, "not journalled; no raise until it is");
        for reply in replies {
            drop(reply.send(Err(CommandError::NotJournalled {
                id: self.scene.rollout.clone(),
                reason: error.reason.clone(),
            })));
        }
        if raise_is_void {
            self.tell(Event::NotWritten(Fault {
                kind: FaultKind::NotJournalled,
                reason: error.to_string(),
            }));
        }
    }

    /// Carries out what is journalled now. Who stops begins nothing that a restart would ask for again.
    fn carry_out(&mut self, deferred: Deferred) {
        for reply in deferred.replies {
            drop(reply.send(Ok(())));
        }
        if let Some(due) = deferred.raise.filter(|_| !self.is_stopping) {
            self.polls.give_up_route();
            self.write.raise(Arc::clone(&self.scene), due);
        }
        let deliveries = &self.shared.deliveries;
        for (key, notice) in deferred.news {
            self.call_event_hooks(&key, &notice);
            deliveries.spawn(deliver::notify(Arc::clone(&self.scene), key, notice));
        }
        for effect in deferred.effects {
            let scene = Arc::clone(&self.scene);
            match effect {
                Effect::RestoreWorkload => self.clearing.restore(deliveries, scene),
                Effect::ScaleCanary { replicas } if !self.is_stopping => {
                    deliveries.spawn(deliver::scale(scene, replicas));
                }
                Effect::ScaleDownCanary => self.clearing.scale_down(deliveries, scene),
                Effect::ReadHistory if !self.is_stopping => self.polls.read_history(&scene),
                Effect::PromoteWorkload if !self.is_stopping => {
                    let judged = self.state.rollout.judged().map(str::to_owned);
                    self.promotion.begin(deliver::promote(scene, judged));
                }
                Effect::CallHook(call) if !self.is_stopping => self.hooks.begin(scene, call),
                Effect::ReadHistory
                | Effect::PromoteWorkload
                | Effect::ScaleCanary { .. }
                | Effect::CallHook(_) => {}
                // Begun when it was asked for, or above.
                Effect::Poll
                | Effect::Lower(_)
                | Effect::Refuse(_)
                | Effect::Raise(_)
                | Effect::Notify(_) => {}
            }
        }
    }

    /// Tells of a notice the hooks that hear of everything. Who stops tells nobody any more.
    fn call_event_hooks(&self, key: &str, notice: &Notice) {
        let rollout = &self.state.rollout;
        let mut hooks = self.scene.canary.hooks.iter();
        let is_heard = rollout.calls_hooks() && hooks.any(|hook| hook.r#type == HookType::Event);
        if !is_heard || self.is_stopping {
            return;
        }
        let at = self.state.at;
        let telling = hooks::tell(
            Arc::clone(&self.scene),
            key.to_owned(),
            notice.clone(),
            rollout.flagger_phase(at),
            rollout.checksum(),
            at,
        );
        self.shared.deliveries.spawn(telling);
    }
}
