//! From the last step to the new stable.

use super::effect::{Effect, Leave, NoticeKind, Urgency};
use super::ending::{Cause, Ending};
use super::phase::{Hold, HoldReason, Outcome, Phase};
use super::rollout::{PromotionStage, Rollout};
use super::words;
use crate::spec::{PromotionWorkload, Timestamp};

impl Rollout {
    /// Every gate is passed: the bake begins, and after it the promotion.
    pub(super) fn all_gates_passed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Analysing {
            self.enter(Phase::Baking, now);
            let text = words::baking(self);
            effects.push(self.notice(NoticeKind::Baking, Urgency::Info, text));
        } else if let Some(leave) = self.leave(now).filter(|_| !self.route.is_busy()) {
            self.begin_promotion(leave, now, effects);
        }
    }

    pub(super) fn begin_promotion(&mut self, leave: Leave, now: Timestamp, effects: &mut Vec<Effect>) {
        self.promotion_leave = leave;
        self.enter(Phase::Promoting, now);
        self.promotion = Some(PromotionStage::Settling);
        if self.controls() && self.canary.promotion.workload == PromotionWorkload::Copy {
            self.promotion = Some(PromotionStage::Copying);
            effects.push(Effect::PromoteWorkload);
        }
        self.promote(now, effects);
    }

    pub(super) fn promote(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.promotion != Some(PromotionStage::Settling) || self.route.is_busy() || self.raise_failed {
            return;
        }
        if !self.controls() {
            return self.succeed(now, effects);
        }
        let weight = self.route.proven().map_or(0, |proven| proven.weight);
        match self.canary.promotion.workload {
            PromotionWorkload::Copy => effects.push(self.route.lower(0, false)),
            PromotionWorkload::None if weight == 100 => self.succeed(now, effects),
            PromotionWorkload::None if self.may_finish(now) => {
                self.raise(100, self.promotion_leave, now, effects);
            }
            PromotionWorkload::None => {}
        }
    }

    /// The raise to 100 asks for the same leave again: it may come looks later than the decision to promote.
    fn may_finish(&self, now: Timestamp) -> bool {
        match self.promotion_leave {
            Leave::Operator => {
                let binds = |hold: &Hold| hold.reason == HoldReason::Paused || hold.reason.binds_operators();
                self.look_is_fresh(now) && !self.holds(now).iter().any(binds)
            }
            leave => self.leave(now) == Some(leave) && self.holds(now).is_empty(),
        }
    }

    pub(super) fn succeed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.ending = Some(Ending {
            outcome: Outcome::Promoted,
            cause: Cause::Proven(words::proven(self)),
        });
        self.close(now, effects);
    }
}
