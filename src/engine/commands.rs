//! What operators may ask for, and when it is refused.

use super::effect::{Effect, Leave, Refusal};
use super::ending::Cause;
use super::event::{Action, Command};
use super::phase::{Outcome, Phase};
use super::rollout::Rollout;
use super::verdict::VerdictKind;
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
            Action::Resume => self.resume(now),
            Action::Approve => self.approve(),
            Action::Promote => self.promote_now(now, effects),
        };
        effects.extend(refused.map(|reason| Effect::Refuse(Refusal { action, reason })));
    }

    fn resume(&mut self, now: Timestamp) -> Option<String> {
        let drifted = self.route.drift().is_some();
        if !self.paused && !drifted && !self.lowered_without_data {
            return Some("nothing holds the rollout that a resume could end".to_owned());
        }
        self.paused = false;
        self.lowered_without_data = false;
        if drifted {
            self.route.accept_drift();
            self.position
                .set_to_weight(&self.canary.steps, self.route.weight());
            let begun = self.position.current(&self.canary.steps).is_some();
            self.enter(if begun { Phase::Analysing } else { Phase::Preparing }, now);
            self.weight_changed(now);
        }
        None
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
        if !matches!(self.phase, Phase::Analysing | Phase::Baking) {
            return Some(format!("a rollout that is {} cannot be promoted", self.phase));
        }
        if self.route.is_busy() {
            return Some("a weight is being written; try again at the next look".to_owned());
        }
        let fresh = self.verdict.as_ref().filter(|_| self.look_is_fresh(now));
        let kind = fresh.map_or(VerdictKind::NoData, |verdict| verdict.kind);
        if matches!(kind, VerdictKind::Fail | VerdictKind::NoData) {
            return Some(format!("the verdict is {kind}; wait for a look with data"));
        }
        if let Some(hold) = self
            .holds(now)
            .into_iter()
            .find(|hold| hold.reason.binds_operators())
        {
            return Some(hold.to_string());
        }
        self.begin_promotion(Leave::Operator, now, effects);
        None
    }
}
