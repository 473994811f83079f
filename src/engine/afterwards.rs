//! What a rollout still does about its workloads, during its end and after it.

use std::sync::Arc;

use super::effect::{Effect, NoticeKind, Refusal, Urgency};
use super::event::{Event, Undone};
use super::exposure::Served;
use super::owed::{Failed, Work};
use super::rollback::Rollback;
use super::rollout::Rollout;
use super::{tally, words};
use crate::spec::Timestamp;

impl Rollout {
    /// Whether it has ended, owes nothing, and is not watched any more: nobody has to go on with it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase.is_final() && !self.owed.is_due() && !self.owes_hooks() && !self.is_watched()
    }

    /// Whether it is `kept`, bit for bit. Earlier versions kept no books of what a rollout owes, and of what the canary
    /// served: then the rest is compared.
    ///
    /// # Errors
    /// Where one of them cannot be written down.
    pub fn is_kept_as(&self, kept: &Self) -> serde_json::Result<bool> {
        let mut own = self.clone();
        if kept.owed.is_empty() {
            own.owed = kept.owed.clone();
        }
        if kept.served == Served::default() {
            own.served = kept.served;
        }
        // Numbers are written with as many digits as it takes to read the same bits again.
        Ok(serde_json::to_string(&own)? == serde_json::to_string(kept)?)
    }

    /// After the end nothing is decided any more; what is owed is asked for until it is done.
    pub(super) fn after_the_end(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Look(counts) => {
                tally::add(Arc::make_mut(&mut self.tallies), &counts);
                self.rollback_looked(&counts, now, &mut effects);
            }
            Event::Traffic(state) => self.rollback_read(&state),
            Event::Superseded(by) => self.superseded(&by),
            Event::Command(command) => {
                let reason = format!("the rollout has ended ({})", self.phase);
                effects.push(Effect::Refuse(Refusal {
                    action: command.action,
                    reason,
                }));
            }
            Event::Restarted => {
                effects.extend(self.owed.restarted(now));
                self.polling = false;
                self.hooks.give_up_calls();
                self.ask_post_rollout(now, &mut effects);
            }
            Event::HookAnswered(answer) => self.hook_answered(answer, now, &mut effects),
            Event::RolledBack(rollback) => self.rolled_back(rollback, now, &mut effects),
            event => self.owed_answered(&event, now, &mut effects),
        }
        effects.extend(self.owed.retry(now));
        self.watch_on(now, &mut effects);
        effects
    }

    /// What people did to stable is kept and told, once.
    pub(super) fn rolled_back(&mut self, rollback: Rollback, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.rolled_back.as_ref() == Some(&rollback) {
            return;
        }
        let text = words::rolled_back(self, &rollback);
        effects.push(self.notice(NoticeKind::RolledBack, Urgency::Warning, text, now));
        self.rolled_back = Some(rollback);
    }

    /// What was owed is done, or is not.
    pub(super) fn owed_answered(&mut self, event: &Event, now: Timestamp, effects: &mut Vec<Effect>) {
        match event {
            Event::WorkloadRestored => self.restored(now, effects),
            Event::WorkloadNotRestored(undone) => self.not_restored(undone, now, effects),
            Event::CanaryScaledDown => self.owed.done(Work::ScaleDownCanary),
            Event::CanaryNotScaledDown(undone) => {
                self.owed.undone(Work::ScaleDownCanary, undone, now);
            }
            _ => {}
        }
    }

    /// Whoever heard that stable was not put back hears that it is.
    fn restored(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.owed.trouble(Work::RestoreStable).is_some() {
            let text = words::restored(self);
            effects.push(self.notice(NoticeKind::StableRestored, Urgency::Info, text, now));
        }
        self.owed.done(Work::RestoreStable);
    }

    /// Traffic is on a stable workload that has the canary's version in part: people hear of it at once, and when nothing more is done.
    fn not_restored(&mut self, undone: &Undone, now: Timestamp, effects: &mut Vec<Effect>) {
        let urgency = match self.owed.undone(Work::RestoreStable, undone, now) {
            Failed::Unasked | Failed::Again => return,
            Failed::First => Urgency::Warning,
            Failed::GivenUp => Urgency::Page,
        };
        for owed in self.owed.list() {
            if owed.work == Work::RestoreStable {
                let text = words::not_restored(self, &owed);
                effects.push(self.notice(NoticeKind::StableNotRestored, urgency, text, now));
            }
        }
    }
}
