//! Taking an event in: what it says of the world, before anything is decided.

use std::sync::Arc;

use super::arm::Arm;
use super::effect::{Effect, NoticeKind, Urgency};
use super::ending::Cause;
use super::event::{Event, Fault, FaultKind};
use super::judge::counts::Counts;
use super::judge::{Bench, Judge};
use super::observed::{TrafficState, WorkloadState};
use super::owed::Work;
use super::phase::{HoldReason, Outcome, Phase};
use super::reading::MetricPast;
use super::rollout::{AtWeight, HistoryState, LastLook, PromotionStage, Rollout};
use super::route::{Route, RouteNews};
use super::share::ShareWatch;
use super::{tally, words};
use crate::spec::Timestamp;

impl Rollout {
    pub(super) fn take_in(&mut self, event: Event, now: Timestamp, effects: &mut Vec<Effect>) {
        match event {
            Event::Wake | Event::Noted(_) | Event::Superseded(_) => {}
            Event::Restarted => self.restarted(now, effects),
            Event::Look(counts) => self.look(&counts),
            Event::History(history) => self.history(&history),
            Event::Traffic(state) if !self.controls() => self.watch_weight(state, now),
            Event::Traffic(state) => {
                self.route_answered(now, effects, |route, id| route.observe(state, id, now))
            }
            Event::TrafficUnread(fault) => self.route.unreadable(fault, now),
            Event::Wrote(state) => self.route_answered(now, effects, |route, id| route.wrote(state, id, now)),
            Event::NotWritten(fault) => effects.extend(self.route.not_written(&fault, now)),
            Event::Workload(state) => self.workload_seen(state, now, effects),
            Event::WorkloadUnseen(reason) => self.workload_unseen = Some(reason),
            Event::WorkloadPromoted if self.promotion == Some(PromotionStage::Copying) => {
                self.promotion = Some(PromotionStage::Settling);
            }
            Event::WorkloadNotPromoted(reason) if self.promotion == Some(PromotionStage::Copying) => {
                // It was put back already.
                self.promotion = None;
                self.end(Outcome::Aborted, Cause::NotPromoted(reason), now, effects);
            }
            Event::WorkloadHalfPromoted(reason) if self.promotion == Some(PromotionStage::Copying) => {
                self.end(Outcome::Aborted, Cause::NotPromoted(reason), now, effects);
            }
            Event::WorkloadNotJudged { judged, found } if self.promotion == Some(PromotionStage::Copying) => {
                let cause = Cause::OtherRevision { judged, found };
                self.end(Outcome::Aborted, cause, now, effects);
            }
            // An answer to a promotion that was given up meanwhile.
            Event::WorkloadNotJudged { .. }
            | Event::WorkloadPromoted
            | Event::WorkloadNotPromoted(_)
            | Event::WorkloadHalfPromoted(_) => {}
            Event::WorkloadRestored
            | Event::WorkloadNotRestored(_)
            | Event::CanaryScaledDown
            | Event::CanaryNotScaledDown(_) => self.owed_answered(&event, now, effects),
            Event::RolledBack(rollback) => self.rolled_back(rollback, now, effects),
            Event::HookAnswered(answer) => self.hook_answered(answer, now, effects),
            Event::Command(command) => self.command(command, now, effects),
            Event::RevisionChanged(revision) => {
                self.end(Outcome::Aborted, Cause::RevisionChanged(revision), now, effects);
            }
            Event::SpecChanged => self.spec_changed = true,
            Event::SpecRestored => self.spec_changed = false,
            Event::Deleted => self.end(Outcome::Aborted, Cause::Deleted, now, effects),
            // Nobody else moves the traffic of such a rollout.
            Event::Concluded { .. } if self.controls() => {}
            Event::Concluded { promoted, detail, .. } => self.concluded(promoted, detail, now, effects),
        }
    }

    /// What the canary's workload is by now has to be what is judged.
    fn workload_seen(&mut self, state: WorkloadState, now: Timestamp, effects: &mut Vec<Effect>) {
        let found = state.canary_revision.clone();
        self.workload = Some(state);
        self.workload_unseen = None;
        let Some(found) = found else {
            return self.scale_canary(effects);
        };
        let judged = self.judged.get_or_insert_with(|| found.clone()).clone();
        if judged == found {
            return self.scale_canary(effects);
        }
        let cause = Cause::OtherRevision { judged, found };
        self.end(Outcome::Aborted, cause, now, effects);
    }

    /// Asks again for everything that was under way.
    fn restarted(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.polling = false;
        self.hooks.give_up_calls();
        if self.history == HistoryState::Asked {
            self.history = HistoryState::Unasked;
        }
        if self.promotion == Some(PromotionStage::Copying) && self.phase == Phase::Promoting {
            effects.push(Effect::PromoteWorkload);
        }
        if self.phase == Phase::Aborting && self.changes_stable() && !self.owed.has(Work::RestoreStable) {
            self.owed.ask(Work::RestoreStable, now);
        }
        effects.extend(self.owed.restarted(now));
        let unanswered = Fault {
            kind: FaultKind::Unknown,
            reason: "the process that wrote is gone".to_owned(),
        };
        effects.extend(self.route.not_written(&unanswered, now));
    }

    /// Evidence begins with the history, and once: another answer to the same question must not undo it.
    fn history(&mut self, history: &[MetricPast]) {
        if self.history != HistoryState::Asked {
            return;
        }
        match Judge::new(&self.canary, history) {
            Ok(judge) => {
                self.judge = Some(judge);
                self.history = HistoryState::Known;
            }
            Err(unprovable) => self.history = HistoryState::Needed(unprovable),
        }
    }

    fn look(&mut self, counts: &Counts) {
        let weight = self.route.weight();
        let sampled_at = counts.sampled_at();
        let since_readback = sampled_at >= self.at_weight.since;
        // The first look after a change also counts what was served before it.
        let settled = since_readback && self.at_weight.settled;
        let mixed = self.mixes_weights(sampled_at);
        let answered = counts.answered_at(weight);
        self.polling = false;
        tally::add(Arc::make_mut(&mut self.tallies), counts);
        let longest = self.look_good_for();
        self.no_data.observe(counts, weight, settled, longest);
        let requests = counts.requests();
        if settled {
            self.share.observe(requests, answered);
        }
        if let Some(judge) = &mut self.judge {
            judge.observe(counts, &self.canary, weight, mixed);
            let verdict = judge.verdict(&Bench {
                canary: &self.canary,
                looked_at: counts.taken_at,
                gate_weight: self.position.gate_weight(&self.canary.steps),
                weight,
                tallies: &self.tallies,
                no_data: self.no_data.current(),
            });
            self.verdict = Some(Arc::new(verdict));
        }
        let baseline_seen = counts.has_requests(Arm::Baseline);
        let with_data = self.no_data.current().is_none()
            && counts.has_requests(Arm::Canary)
            && (baseline_seen || weight == 100);
        if since_readback {
            self.at_weight.settled |= answered;
            self.at_weight.looks_with_data += u32::from(with_data);
            self.at_weight.requests += requests.canary;
        }
        self.last_look = Some(LastLook {
            taken_at: counts.taken_at,
            baseline_seen,
            with_data,
        });
    }

    /// Whether part of what a look with samples of `sampled_at` counts was served at the weight before this one: it is the first whole
    /// look since the weight was read back.
    #[must_use]
    pub fn mixes_weights(&self, sampled_at: Timestamp) -> bool {
        sampled_at >= self.at_weight.since && !self.at_weight.settled
    }

    fn watch_weight(&mut self, state: TrafficState, now: Timestamp) {
        let before = self.route.proven().map(|proven| proven.weight);
        self.route.watch(state, now);
        if before != self.route.proven().map(|proven| proven.weight) {
            self.weight_changed(now);
        }
    }

    /// The route was written or read: what of the rollout hangs on its weight begins anew where that changed.
    fn route_answered(
        &mut self,
        now: Timestamp,
        effects: &mut Vec<Effect>,
        answer: impl FnOnce(&mut Route, &str) -> (RouteNews, Option<Effect>),
    ) {
        let known = |route: &Route| (route.weight(), route.proven().map(|proven| proven.weight));
        let before = known(&self.route);
        let (news, effect) = answer(&mut self.route, &self.id);
        effects.extend(effect);
        if before != known(&self.route) {
            self.weight_changed(now);
        }
        match news {
            RouteNews::None => {}
            RouteNews::Raised => self.step_began(now, effects),
            RouteNews::Lowered => self.lowered(now, effects),
            // An abort that was written before it could be journalled; or the end of this one.
            RouteNews::Aborted if self.ending.is_none() => {
                self.end(Outcome::Aborted, Cause::MarkFound, now, effects);
            }
            RouteNews::Aborted if self.route.weight() == 0 => self.close(now, effects),
            RouteNews::Aborted => {}
        }
    }

    /// With traffic back on a stable workload that has the canary's version, a promotion is done.
    fn lowered(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let settled = self.phase == Phase::Promoting && self.promotion == Some(PromotionStage::Settling);
        if settled && self.changes_stable() && self.route.weight() == 0 {
            effects.push(self.owed.ask(Work::ScaleDownCanary, now));
            self.succeed(now, effects);
        }
    }

    pub(super) fn weight_changed(&mut self, now: Timestamp) {
        self.at_weight = AtWeight {
            since: now,
            ..AtWeight::default()
        };
        self.served.changed(self.route.weight(), now);
        self.share = ShareWatch::default();
        self.no_data.weight_changed();
    }

    pub(super) fn step_began(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Promoting {
            return self.succeed(now, effects);
        }
        self.position.advance();
        // An approval is of one raise; where the step comes again, so does the question.
        self.approved = None;
        self.notified_holds
            .retain(|reason| !matches!(reason, HoldReason::Approval | HoldReason::Hook));
        self.hooks_of_step_answered();
        self.enter(Phase::Analysing, now);
        let weight = self
            .position
            .current(&self.canary.steps)
            .map_or(0, |(_, step)| step.weight);
        let text = words::stepped(self, weight);
        effects.push(self.notice(NoticeKind::Stepped { weight }, Urgency::Info, text, now));
    }

    pub(super) fn ask_for_history(&mut self, effects: &mut Vec<Effect>) {
        if self.history == HistoryState::Unasked && self.last_look.is_some_and(|look| look.baseline_seen) {
            self.history = HistoryState::Asked;
            effects.push(Effect::ReadHistory);
        }
    }
}
