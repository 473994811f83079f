//! When the canary may have more traffic.

use std::time::Duration;

use super::effect::{Effect, Leave};
use super::judge::policy::{self, DWELL_MIN, Decision, RISING_EVIDENCE, Situation};
use super::phase::Phase;
use super::rollout::Rollout;
use super::verdict::VerdictKind;
use crate::spec::{OnInconclusive, Timestamp};

/// A look stays good for this many intervals: one may be late, two mean that nobody is looking.
const LOOK_FRESH_INTERVALS: u32 = 2;

impl Rollout {
    /// What the evidence, the plan and the clock say together, by the policy's rules. The user's own
    /// conditions count as part of the gate: a step that is proven before its time is not passed.
    pub(super) fn decide(&self, now: Timestamp) -> Decision {
        self.decide_by(self.holds(now).is_empty(), now)
    }

    /// The same if every hook passed.
    pub(super) fn decide_but_for_hooks(&self, now: Timestamp) -> Decision {
        self.decide_by(self.holds_but_hooks(now).is_empty(), now)
    }

    fn decide_by(&self, is_free: bool, now: Timestamp) -> Decision {
        let first = self.position.current(&self.canary.steps).is_none();
        policy::decide(&Situation {
            log_evidence: self.verdict.as_ref().map_or(0.0, |verdict| verdict.harm.log),
            alpha: self.canary.analysis.false_abort_rate,
            rising: RISING_EVIDENCE,
            limit_broken: self
                .verdict
                .as_ref()
                .is_some_and(|verdict| verdict.kind == VerdictKind::Fail),
            dwell: self.at_weight.looks_with_data,
            dwell_min: if first { 0 } else { DWELL_MIN },
            gate_passed: is_free && self.leave(now).is_some() && self.has_had_its_time(now),
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
        // Without a proven weight nothing may be raised: the write that takes the epoch comes first. Nor where
        // another weight was seen since: what that means is decided at the next read.
        let proven = self.route.proven();
        if let Some(proven) = proven.filter(|proven| proven.weight == self.route.weight()) {
            effects.push(self.route.raise(proven, weight, leave));
        }
    }

    /// Whether the step under way, or the bake, has had its time.
    pub(super) fn has_had_its_time(&self, now: Timestamp) -> bool {
        let Some((_, step)) = self.position.current(&self.canary.steps) else {
            return true;
        };
        let (since, time) = match self.phase {
            Phase::Baking => (self.phase_since, self.canary.promotion.bake),
            _ => (self.at_weight.since, step.hold),
        };
        now.since(since) >= time
    }

    /// By whose leave the next raise, or the promotion, may happen; `None` if by nobody's. Time and holds not
    /// considered.
    pub(super) fn leave(&self, now: Timestamp) -> Option<Leave> {
        let look = self.last_look.filter(|_| self.look_is_fresh(now))?;
        let Some((_, step)) = self.position.current(&self.canary.steps) else {
            let ready = self.judge.is_some() && look.baseline_seen;
            return ready.then_some(Leave::FirstStep);
        };
        if !look.with_data {
            return None;
        }
        let has_requests = self.at_weight.requests >= step.min_requests as f64;
        let advances = self.is_overdue(now) && self.canary.on_inconclusive == OnInconclusive::Advance;
        match self.verdict.as_ref()?.kind {
            VerdictKind::Pass if has_requests => Some(Leave::Gate),
            VerdictKind::Pass | VerdictKind::Inconclusive if advances => Some(Leave::Advance),
            _ => None,
        }
    }

    /// Whether the newest look is young enough to act on.
    pub(super) fn look_is_fresh(&self, now: Timestamp) -> bool {
        self.last_look
            .is_some_and(|look| now.since(look.taken_at) <= self.look_good_for())
    }

    /// How long a look may be acted on.
    pub(super) fn look_good_for(&self) -> Duration {
        self.canary.analysis.interval * LOOK_FRESH_INTERVALS
    }
}
