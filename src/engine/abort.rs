//! What ends a rollout by itself, and how it is ended: traffic first.

use std::time::Duration;

use super::effect::{Effect, Leave, NoticeKind, Urgency};
use super::ending::{Cause, Ending};
use super::judge::policy::Decision;
use super::owed::Work;
use super::phase::{Outcome, Phase};
use super::plan::Position;
use super::rollout::Rollout;
use super::words;
use crate::spec::{AfterDeadline, OnInconclusive, Timestamp};

/// Somebody who lowered the canary has this long to resume the rollout.
const DRIFT_ABORT_AFTER: Duration = Duration::from_secs(30 * 60);

/// A lowering that is not confirmed by then needs a person: far longer than a healthy write takes, far
/// shorter than a harmful canary should serve.
pub(super) const LOWERING_PAGE_AFTER: Duration = Duration::from_secs(30);

impl Rollout {
    /// Everything that ends a rollout by itself, the gravest first.
    pub(super) fn end_if_due(&mut self, looked: bool, now: Timestamp, effects: &mut Vec<Effect>) {
        let decision = self.decide(now);
        if let Some(verdict) = self.verdict.as_ref().filter(|_| decision == Decision::Abort) {
            let cause = Cause::Harmful(words::harmful(verdict));
            return self.end(Outcome::Aborted, cause, now, effects);
        }
        let failing = self
            .workload
            .as_ref()
            .and_then(|workload| workload.canary_failing.clone());
        if let Some(reason) = failing.filter(|_| self.route.weight() > 0) {
            return self.end(Outcome::Aborted, Cause::CanaryFailing(reason), now, effects);
        }
        // Only proof, or a workload that is sure, takes away what this rollout did not give.
        if self.route.is_left_alone() {
            return;
        }
        if let Some(no_data) = self.no_data.current().cloned() {
            let policy = no_data.state.policy(&self.canary.analysis.no_data);
            if self.no_data.lasted() >= policy.after {
                match policy.then {
                    AfterDeadline::Hold => {}
                    AfterDeadline::Lower => self.lower_without_data(now, effects),
                    AfterDeadline::Abort => {
                        return self.end(Outcome::Aborted, Cause::NoData(no_data), now, effects);
                    }
                }
            }
        }
        if let Some(drift) = self
            .route
            .drift()
            .filter(|drift| drift.lowered && now.since(drift.since) >= DRIFT_ABORT_AFTER)
        {
            let cause = Cause::Drift(drift.detail.clone());
            return self.end(Outcome::Aborted, cause, now, effects);
        }
        self.expire_hooks(now, effects);
        if self.ending.is_some() {
            return;
        }
        // The clock decides only at a look, and a raise under way was decided before it.
        if !looked || decision != Decision::Inconclusive || self.route.is_raising() {
            return;
        }
        match self.canary.on_inconclusive {
            OnInconclusive::Hold => self.deadline_passed = true,
            OnInconclusive::Advance => {}
            OnInconclusive::Abort => {
                let cause = Cause::Deadline(words::missing(self, now));
                self.end(Outcome::Inconclusive, cause, now, effects);
            }
        }
    }

    /// Whether `maxDuration` has passed, apart from the time in which a hook was waited for. A bake that began in time is finished, and so is a promotion, unless
    /// it still waits for leave to give the canary the rest of the traffic.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        let deadline = self.started_at + self.canary.max_duration + self.hooks.waited(now);
        match self.phase {
            Phase::Baking => now >= deadline.max(self.phase_since + self.canary.promotion.bake),
            Phase::Promoting => {
                self.awaits_last_raise() && self.promotion_leave != Leave::Operator && now >= deadline
            }
            _ => now >= deadline,
        }
    }

    /// The no-data policy `lower`: all traffic goes to stable, and a person says when it goes on.
    fn lower_without_data(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.lowered_without_data || !self.controls() || self.route.weight() == 0 {
            return;
        }
        self.lowered_without_data = true;
        self.position = Position::default();
        let restore = self.changes_stable();
        self.promotion = None;
        self.enter(Phase::Preparing, now);
        self.lower(0, false, effects);
        effects.extend(restore.then(|| self.owed.ask(Work::RestoreStable, now)));
    }

    /// Sends all traffic to stable. The lowering comes before every other effect of it.
    pub(super) fn end(&mut self, outcome: Outcome, cause: Cause, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Aborting || self.phase.is_final() {
            return;
        }
        self.ending = Some(Ending { outcome, cause });
        self.enter(Phase::Aborting, now);
        self.hooks.give_up_calls();
        if !self.controls() {
            return self.close(now, effects);
        }
        // Whatever this event asked for before is void now, a raise above all.
        effects.retain(|effect| matches!(effect, Effect::Notify(_) | Effect::Refuse(_)));
        self.lower(0, true, effects);
        // What an earlier attempt did not do, an end asks for anew.
        let restore = self.changes_stable() || self.owed.trouble(Work::RestoreStable).is_some();
        effects.extend(restore.then(|| self.owed.ask(Work::RestoreStable, now)));
    }

    /// Asks for less traffic, before and instead of all else that this event asked of the route.
    pub(super) fn lower(&mut self, to: u8, abort: bool, effects: &mut Vec<Effect>) {
        effects.retain(|effect| !matches!(effect, Effect::Raise(_) | Effect::Lower(_)));
        effects.insert(0, self.route.lower(to, abort));
    }

    /// Until the mark was read back: the lowering is asked for, and a person is told if it does not help.
    pub(super) fn roll_back(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !self.route.is_busy() {
            self.lower(0, true, effects);
        }
        if self.rollback_page_at().is_some_and(|at| now >= at) {
            self.rollback_paged = true;
            let text = words::rollback_unconfirmed(self);
            effects.push(self.notice(NoticeKind::RollbackUnconfirmed, Urgency::Page, text, now));
        }
    }

    /// When somebody has to be told that a rollback is not confirmed; none once it was told.
    pub(super) fn rollback_page_at(&self) -> Option<Timestamp> {
        let waits = self.phase == Phase::Aborting && !self.rollback_paged;
        let failing = self.route.failing().filter(|_| waits)?;
        Some(failing.since + LOWERING_PAGE_AFTER)
    }

    pub(super) fn close(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(ending) = self.ending.clone() else { return };
        // What was only watched makes place for the next revision with each release, and nobody has to look after that.
        let makes_place = !self.controls() && matches!(ending.cause, Cause::RevisionChanged(_));
        let (phase, urgency) = match ending.outcome {
            Outcome::Promoted => (Phase::Succeeded, Urgency::Info),
            Outcome::Aborted if makes_place => (Phase::Aborted, Urgency::Info),
            Outcome::Aborted => (Phase::Aborted, Urgency::Warning),
            Outcome::Inconclusive => (Phase::Inconclusive, Urgency::Warning),
        };
        self.enter(phase, now);
        if self.controls() && ending.outcome != Outcome::Promoted {
            effects.push(self.owed.ask(Work::ScaleDownCanary, now));
            self.watch_rollback(now);
        }
        let text = words::ended(self, &ending, now);
        effects.push(self.notice(NoticeKind::Ended(ending.outcome), urgency, text, now));
        self.hooks.give_up_calls();
        self.ask_post_rollout(now, effects);
    }
}
