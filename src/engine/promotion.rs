//! From the last step to the new stable.

use super::effect::{Effect, Leave, NoticeKind, Urgency};
use super::ending::{Cause, Ending};
use super::judge::policy::Decision;
use super::phase::{Outcome, Phase};
use super::rollout::{PromotionStage, Rollout};
use super::verdict::VerdictKind;
use super::words;
use crate::spec::{PromotionWorkload, Timestamp};

impl Rollout {
    /// Every gate is passed: the bake begins, and after it the promotion.
    pub(super) fn all_gates_passed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Analysing {
            self.enter(Phase::Baking, now);
            let text = words::baking(self);
            effects.push(self.notice(NoticeKind::Baking, Urgency::Info, text, now));
        } else if let Some(leave) = self.leave(now).filter(|_| !self.route.is_busy()) {
            self.begin_promotion(leave, now, effects);
        }
    }

    /// The decision to promote was made, by this leave, at this moment.
    pub(super) fn begin_promotion(&mut self, leave: Leave, now: Timestamp, effects: &mut Vec<Effect>) {
        self.promotion_leave = leave;
        self.enter(Phase::Promoting, now);
        self.promotion = Some(PromotionStage::Settling);
        if self.controls() && self.canary.promotion.workload == PromotionWorkload::Copy {
            self.promotion = Some(PromotionStage::Copying);
            effects.push(Effect::PromoteWorkload);
        }
        self.promote(true, now, effects);
    }

    /// Traffic goes where it stays: back to the new stable, or all of it to the canary. The latter is a raise,
    /// and happens only where one may.
    pub(super) fn promote(&mut self, may_raise: bool, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.promotion != Some(PromotionStage::Settling) || self.route.is_busy() {
            return;
        }
        if !self.controls() {
            return self.succeed(now, effects);
        }
        let weight = self.route.proven().map_or(0, |proven| proven.weight);
        match self.canary.promotion.workload {
            PromotionWorkload::Copy => self.lower(0, false, effects),
            PromotionWorkload::None if weight == 100 => self.succeed(now, effects),
            PromotionWorkload::None => {
                if let Some(leave) = self.leave_to_finish(now).filter(|_| may_raise) {
                    self.promotion_leave = leave;
                    self.raise(100, leave, now, effects);
                }
            }
        }
    }

    /// The raise to 100 asks for leave again: it may come looks later than the decision to promote.
    fn leave_to_finish(&self, now: Timestamp) -> Option<Leave> {
        if self.promotion_leave == Leave::Operator {
            let free = self.refuses_operators(now).is_none();
            return free.then_some(Leave::Operator);
        }
        let still_passed = self.decide(now) == Decision::Promote;
        self.leave(now).filter(|_| still_passed)
    }

    /// Why a promotion by hand would be unsafe or blind at this moment.
    pub(super) fn refuses_operators(&self, now: Timestamp) -> Option<String> {
        let fresh = self.verdict.as_ref().filter(|_| self.look_is_fresh(now));
        let kind = fresh.map_or(VerdictKind::NoData, |verdict| verdict.kind);
        if matches!(kind, VerdictKind::Fail | VerdictKind::NoData) {
            return Some(format!("the verdict is {kind}; wait for a look with data"));
        }
        // The capacity that counts is not the next step's.
        let capacity = self.last_raise().and_then(|weight| self.capacity_hold(weight));
        let others = self.holds_but_capacity(now);
        let hold = others
            .into_iter()
            .chain(capacity)
            .find(|hold| hold.reason.binds_operators())?;
        Some(hold.to_string())
    }

    /// The raise that a promotion ends with, if it ends with one.
    pub(super) fn last_raise(&self) -> Option<u8> {
        (self.canary.promotion.workload == PromotionWorkload::None).then_some(100)
    }

    /// Whether the promotion waits for leave to raise.
    pub(super) fn awaits_last_raise(&self) -> bool {
        self.phase == Phase::Promoting
            && self.promotion == Some(PromotionStage::Settling)
            && self.last_raise().is_some()
    }

    /// Whether the stable workload runs the canary's version by now, or is about to.
    pub(super) fn changes_stable(&self) -> bool {
        self.controls()
            && self.promotion.is_some()
            && self.canary.promotion.workload == PromotionWorkload::Copy
    }

    /// Whoever moves the traffic is done. A promotion that came before every gate was passed is no proof of health.
    pub(super) fn concluded(
        &mut self,
        promoted: bool,
        detail: String,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if promoted && self.phase == Phase::Baking {
            return self.succeed(now, effects);
        }
        let outcome = if promoted {
            Outcome::Inconclusive
        } else {
            Outcome::Aborted
        };
        self.end(outcome, Cause::Concluded(detail), now, effects);
    }

    pub(super) fn succeed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.ending = Some(Ending {
            outcome: Outcome::Promoted,
            cause: Cause::Proven(words::proven(self)),
        });
        self.close(now, effects);
    }
}
