//! What operators may ask for, and when it is refused.

use super::effect::{Effect, Leave, Refusal};
use super::ending::Cause;
use super::event::{Action, Command};
use super::phase::{Outcome, Phase};
use super::rollout::Rollout;
use crate::spec::Timestamp;

impl Rollout {
    pub(super) fn command(&mut self, command: Command, now: Timestamp, effects: &mut Vec<Effect>) {
        let action = command.action;
        let refused = match action {
            Action::Abort => {
                self.end(Outcome::Aborted, Cause::Commanded(command), now, effects);
                None
            }
            // Everything else comes too late.
            _ if self.phase == Phase::Aborting => Some("the rollout is aborting".to_owned()),
            Action::Pause => {
                self.paused = true;
                None
            }
            Action::Resume => self.resume(now, effects),
            Action::Approve => self.approve(),
            Action::Promote => self.promote_now(now, effects),
        };
        effects.extend(refused.map(|reason| Effect::Refuse(Refusal { action, reason })));
    }

    fn resume(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> Option<String> {
        let drifted = self.route.drift().is_some_and(|drift| drift.needs_person);
        if !self.paused && !drifted && !self.lowered_without_data && !self.hooks.has_expired() {
            return Some("nothing holds the rollout that a resume could end".to_owned());
        }
        self.paused = false;
        self.lowered_without_data = false;
        self.hooks.renew_expired();
        if drifted {
            self.route.settle_drift();
            self.go_on_from_found_weight(now, effects);
        }
        None
    }

    /// What somebody else left is where the rollout stands now. It takes the epoch again: another's may be
    /// on the object. Below the first step there is no step to go on with, and the canary begins at 0 anew; so it does
    /// where this rollout has given it nothing yet.
    fn go_on_from_found_weight(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let mut weight = self.route.proven().map_or(0, |_| self.route.weight());
        // A promotion that copies the canary takes it down to 0 whatever it has.
        if !self.changes_stable() {
            self.position.set_to_weight(&self.canary.steps, weight);
            self.promotion = None;
            if self.position.current(&self.canary.steps).is_some() {
                self.enter(Phase::Analysing, now);
            } else {
                self.enter(Phase::Preparing, now);
                weight = 0;
            }
        }
        self.weight_changed(now);
        if self.controls() {
            self.lower(weight, false, effects);
        }
    }

    fn approve(&mut self) -> Option<String> {
        match self.position.next(&self.canary.steps) {
            Some((index, step)) if step.approval => {
                self.approved = Some(index);
                None
            }
            Some((_, step)) => Some(format!(
                "the next step, to {} %, asks for no approval",
                step.weight
            )),
            None => Some("no step is left to approve".to_owned()),
        }
    }

    /// Skips the remaining gates: allowed unless the judge says no, or does not know.
    fn promote_now(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> Option<String> {
        let waits = self.awaits_last_raise();
        if !waits && !matches!(self.phase, Phase::Analysing | Phase::Baking) {
            return Some(format!("a rollout that is {} cannot be promoted", self.phase));
        }
        if self.route.is_busy() {
            return Some("a weight is being written; try again at the next look".to_owned());
        }
        let refused = self.refuses_operators(now);
        if refused.is_none() {
            self.begin_promotion(Leave::Operator, now, effects);
        }
        refused
    }
}
