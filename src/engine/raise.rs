//! When the canary may have more traffic.

use super::effect::{Effect, Leave};
use super::judge::policy::{self, DWELL_MIN, Decision, RISING_EVIDENCE, Situation};
use super::phase::Phase;
use super::rollout::Rollout;
use super::verdict::VerdictKind;
use crate::spec::{OnInconclusive, Timestamp};

/// A look stays good for this many intervals: one may be late, two mean that nobody is looking.
pub(super) const LOOK_FRESH_INTERVALS: u32 = 2;

impl Rollout {
    /// What the evidence, the plan and the clock say together, by the policy's rules. The user's own
    /// conditions count as part of the gate: a step that is proven but not served is not passed.
    pub(super) fn decide(&self, now: Timestamp) -> Decision {
        let first = self.position.current(&self.canary.steps).is_none();
        policy::decide(&Situation {
            log_evidence: self.verdict.as_ref().map_or(0.0, |verdict| verdict.harm.log),
            alpha: self.canary.analysis.false_abort_rate,
            rising: RISING_EVIDENCE,
            dwell: self.at_weight.looks_with_data,
            dwell_min: if first { 0 } else { DWELL_MIN },
            gate_passed: self.leave(now).is_some() && self.step_is_served(now) && self.holds(now).is_empty(),
            last_weight: self.position.next(&self.canary.steps).is_none(),
            time_is_up: self.is_overdue(now),
        })
    }

    /// Begins the next step.
    pub(super) fn step(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.route.is_busy() {
            return;
        }
        if let (Some(leave), Some((_, step))) = (self.leave(now), self.position.next(&self.canary.steps)) {
            self.raise(step.weight, leave, now, effects);
        }
    }

    pub(super) fn raise(&mut self, weight: u8, leave: Leave, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.controls() {
            // Observed rollouts walk the plan without writing; the weight is somebody else's.
            self.weight_changed(now);
            return self.step_began(now, effects);
        }
        // Without a proven weight nothing may be raised: the write that takes the epoch comes first.
        if let Some(proven) = self.route.proven() {
            effects.push(self.route.raise(proven, weight, leave));
        }
    }

    /// Whether the step under way has had its time, its requests and its looks.
    pub(super) fn step_is_served(&self, now: Timestamp) -> bool {
        let Some((_, step)) = self.position.current(&self.canary.steps) else {
            return true;
        };
        let waived = self.is_overdue(now) && self.canary.on_inconclusive == OnInconclusive::Advance;
        let hold = if self.phase == Phase::Baking {
            self.canary.promotion.bake
        } else {
            step.hold
        };
        let since = if self.phase == Phase::Baking {
            self.phase_since
        } else {
            self.at_weight.since
        };
        now.since(since) >= hold && (waived || self.at_weight.requests >= step.min_requests as f64)
    }

    /// By whose leave the next raise, or the promotion, may happen; `None` if by nobody's. Holds not considered.
    pub(super) fn leave(&self, now: Timestamp) -> Option<Leave> {
        let look = self.last_look.filter(|_| self.look_is_fresh(now))?;
        if self.position.current(&self.canary.steps).is_none() {
            let ready = self.judge.is_some() && look.baseline_seen;
            return ready.then_some(Leave::FirstStep);
        }
        if !look.with_data {
            return None;
        }
        match self.verdict.as_ref()?.kind {
            VerdictKind::Pass => Some(Leave::Gate),
            VerdictKind::Inconclusive
                if self.is_overdue(now) && self.canary.on_inconclusive == OnInconclusive::Advance =>
            {
                Some(Leave::Advance)
            }
            _ => None,
        }
    }

    /// Whether the newest look is young enough to act on.
    pub(super) fn look_is_fresh(&self, now: Timestamp) -> bool {
        let oldest = self.canary.analysis.interval * LOOK_FRESH_INTERVALS;
        self.last_look
            .is_some_and(|look| now.since(look.taken_at) <= oldest)
    }
}
