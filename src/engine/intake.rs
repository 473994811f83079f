//! Taking an event in: what it says of the world, before anything is decided.

use super::arm::PerArm;
use super::effect::{Effect, NoticeKind, Urgency};
use super::ending::Cause;
use super::event::{Event, Fault, FaultKind};
use super::judge::counts::Counts;
use super::judge::{Bench, Judge};
use super::observed::TrafficState;
use super::phase::{Outcome, Phase};
use super::rollout::{AtWeight, HistoryState, LastLook, PromotionStage, Rollout};
use super::route::{Proven, RouteNews};
use super::share::ShareWatch;
use super::{tally, words};
use crate::spec::{PromotionWorkload, Timestamp};

impl Rollout {
    pub(super) fn take_in(&mut self, event: Event, now: Timestamp, effects: &mut Vec<Effect>) {
        match event {
            Event::Wake => effects.extend(self.route.retry(now)),
            Event::Restarted => self.restarted(now, effects),
            Event::Look(counts) => self.look(&counts),
            Event::History(history) => match Judge::new(&self.canary, &history) {
                Ok(judge) => {
                    self.judge = Some(judge);
                    self.history = HistoryState::Known;
                }
                Err(_) => self.history = HistoryState::Needed,
            },
            Event::Traffic(state) => {
                let before = self.route.proven();
                if !self.controls() {
                    self.watch_weight(state, now);
                } else {
                    let (news, effect) = self.route.observe(state, &self.id, now);
                    effects.extend(effect);
                    self.route_news(news, before, now, effects);
                }
            }
            Event::TrafficUnread(fault) => self.route.unreadable(fault),
            Event::Wrote(state) => {
                let before = self.route.proven();
                let news = self.route.wrote(state, &self.id, now);
                self.route_news(news, before, now, effects);
            }
            Event::NotWritten(fault) => {
                self.raise_failed = true;
                effects.extend(self.route.not_written(&fault, now));
            }
            Event::Workload(state) => {
                self.workload = Some(state);
                self.workload_unseen = None;
            }
            Event::WorkloadUnseen(reason) => self.workload_unseen = Some(reason),
            Event::WorkloadPromoted => self.promotion = Some(PromotionStage::Settling),
            Event::WorkloadNotPromoted(reason) => {
                self.end(Outcome::Aborted, Cause::NotPromoted(reason), now, effects)
            }
            Event::Command(command) => self.command(command, now, effects),
            Event::RevisionChanged(revision) => {
                self.end(Outcome::Aborted, Cause::RevisionChanged(revision), now, effects);
            }
            Event::SpecChanged => self.spec_changed = true,
            Event::Deleted => self.end(Outcome::Aborted, Cause::Deleted, now, effects),
        }
    }

    /// Asks again for everything that was under way.
    fn restarted(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.polling = false;
        self.raise_failed = true;
        if self.history == HistoryState::Asked {
            self.history = HistoryState::Unasked;
        }
        if self.promotion == Some(PromotionStage::Copying) {
            effects.push(Effect::PromoteWorkload);
        }
        let unanswered = Fault {
            kind: FaultKind::Unknown,
            reason: "the process that wrote is gone".to_owned(),
        };
        effects.extend(self.route.not_written(&unanswered, now));
    }

    pub(super) fn look(&mut self, counts: &Counts) {
        let weight = self.route.weight();
        self.polling = false;
        self.raise_failed = false;
        tally::add(&mut self.tallies, counts);
        self.no_data.observe(counts, weight);

        let (canary, baseline) = counts.metrics.first().map_or((0.0, 0.0), |metric| {
            (metric.arms.canary.requests, metric.arms.baseline.requests)
        });
        let since_readback = counts.taken_at >= self.at_weight.since;
        // A share is only meaningful over an interval that lies wholly after the change.
        if since_readback
            && self
                .last_look
                .is_some_and(|last| last.taken_at >= self.at_weight.since)
        {
            self.share.observe(PerArm { canary, baseline });
        }
        if let Some(judge) = &mut self.judge {
            judge.observe(
                counts,
                &self.canary,
                weight,
                since_readback && self.at_weight.changed,
            );
            self.verdict = Some(judge.verdict(&Bench {
                canary: &self.canary,
                looked_at: counts.taken_at,
                gate_weight: self.position.gate_weight(&self.canary.steps),
                weight,
                tallies: &self.tallies,
                no_data: self.no_data.current(),
            }));
        }
        let with_data = self.no_data.current().is_none() && canary > 0.0 && (baseline > 0.0 || weight == 100);
        if since_readback {
            self.at_weight.changed = false;
            self.at_weight.looks_with_data += u32::from(with_data);
            self.at_weight.requests += canary;
        }
        self.last_look = Some(LastLook {
            taken_at: counts.taken_at,
            baseline_seen: baseline > 0.0,
        });
    }

    pub(super) fn watch_weight(&mut self, state: TrafficState, now: Timestamp) {
        let before = self.route.weight();
        let first = self.route.proven().is_none();
        self.route.watch(state, now);
        if first || before != self.route.weight() {
            self.weight_changed(now);
        }
    }

    pub(super) fn route_news(
        &mut self,
        news: RouteNews,
        before: Option<Proven>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let after = self.route.proven();
        if before.map(|proven| proven.weight) != after.map(|proven| proven.weight) {
            self.weight_changed(now);
        }
        match news {
            RouteNews::None => {}
            RouteNews::Confirmed { raised: true } => self.step_began(now, effects),
            RouteNews::Confirmed { raised: false } => {
                let returned = after.is_some_and(|proven| proven.weight == 0)
                    && self.canary.promotion.workload == PromotionWorkload::Copy;
                if self.phase == Phase::Promoting && returned {
                    effects.push(Effect::ScaleDownCanary);
                    self.succeed(now, effects);
                }
            }
            RouteNews::Aborted => {
                if self.ending.is_none() {
                    self.end(Outcome::Aborted, Cause::MarkFound, now, effects);
                }
                if self.route.weight() == 0 {
                    self.close(now, effects);
                }
            }
        }
    }

    pub(super) fn weight_changed(&mut self, now: Timestamp) {
        self.at_weight = AtWeight {
            since: now,
            changed: true,
            ..AtWeight::default()
        };
        self.share = ShareWatch::default();
    }

    pub(super) fn step_began(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Promoting {
            return self.succeed(now, effects);
        }
        self.position.advance();
        self.enter(Phase::Analysing, now);
        let weight = self
            .position
            .current(&self.canary.steps)
            .map_or(0, |(_, step)| step.weight);
        let text = words::stepped(self, weight);
        effects.push(self.notice(NoticeKind::Stepped { weight }, Urgency::Info, text));
    }

    pub(super) fn ask_for_history(&mut self, effects: &mut Vec<Effect>) {
        if self.history == HistoryState::Unasked && self.last_look.is_some_and(|look| look.baseline_seen) {
            self.history = HistoryState::Asked;
            effects.push(Effect::ReadHistory);
        }
    }
}
