//! What the oracle wrote down.

use std::time::Duration;

use serin::engine::judge::counts::{ArmCounts, Counts, Coverage, MetricCounts};
use serin::engine::{
    Action, Arm, Effect, Event, Phase, Rollout, Status, TrafficState, VerdictKind, WorkloadState,
};
use serin::spec::Timestamp;

use super::is_command;
use super::values::{self, ValueBook};

/// No read of the route is told of later than this after it was made.
const READ_LONGEST: Duration = Duration::from_secs(5);

/// The newest look.
#[derive(Debug, Clone)]
pub(super) struct LookBook {
    pub(super) taken_at: Timestamp,
    pub(super) baseline_seen: bool,
    pub(super) with_data: bool,
    /// Kind, gate and evidence of harm; none before the history is known.
    pub(super) verdict: Option<(VerdictKind, u8, f64)>,
}

#[derive(Debug, Clone)]
pub(super) struct Books {
    pub(super) started_at: Timestamp,
    pub(super) phase: Phase,
    pub(super) baking_since: Option<Timestamp>,
    pub(super) look: Option<LookBook>,
    pub(super) harm_log: f64,
    /// By metric; of a metric that is no value, empty.
    pub(super) values: Vec<ValueBook>,
    /// Since when no look had data; none while they have.
    pub(super) gap_since: Option<Timestamp>,
    /// The canary's weight as it was read or written last, ...
    pub(super) weight: u8,
    /// ... since when it is known, and what was seen of it.
    pub(super) weight_since: Timestamp,
    pub(super) looks_with_data: u32,
    pub(super) requests: f64,
    /// Our newest write that was read back.
    pub(super) wrote: Option<(TrafficState, Timestamp)>,
    pub(super) asked: Option<Effect>,
    /// Whether the canary may be lowered from 100 %: a write was asked for below it, or somebody said `resume`.
    pub(super) may_lower_all: bool,
    /// Until when a lowering that was not made must be asked for again.
    pub(super) ask_by: Option<Timestamp>,
    pub(super) lowered_since: Option<Timestamp>,
    pub(super) paused: bool,
    pub(super) spec_changed: bool,
    pub(super) approved: bool,
    pub(super) promoted_by_hand: bool,
    pub(super) workload: Option<WorkloadState>,
    pub(super) workload_unseen: bool,
    pub(super) route_unread: bool,
    pub(super) mark_found: bool,
    pub(super) ended: bool,
    /// People heard that the traffic follows a rollback, ...
    pub(super) is_confirmed: bool,
    /// ... or that it does not.
    pub(super) is_unconfirmed: bool,
}

impl Books {
    pub(super) fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            phase: Phase::Preparing,
            baking_since: None,
            look: None,
            harm_log: 0.0,
            values: Vec::new(),
            gap_since: None,
            weight: 0,
            weight_since: started_at,
            looks_with_data: 0,
            requests: 0.0,
            wrote: None,
            asked: None,
            may_lower_all: false,
            ask_by: None,
            lowered_since: None,
            paused: false,
            spec_changed: false,
            approved: false,
            promoted_by_hand: false,
            workload: None,
            workload_unseen: false,
            route_unread: false,
            mark_found: false,
            ended: false,
            is_confirmed: false,
            is_unconfirmed: false,
        }
    }

    /// What an event says; `refused` if it is a command that was refused, `status` after a look.
    pub(super) fn take_in(
        &mut self,
        event: &Event,
        now: Timestamp,
        refused: bool,
        status: Option<&Status>,
        rollout: &Rollout,
    ) {
        let id = rollout.id();
        match event {
            Event::Look(counts) => self.look(counts, status, rollout),
            Event::Traffic(state) if self.is_old(state, now) => {}
            Event::Traffic(state) => {
                self.route_unread = false;
                self.mark_found |= state.is_aborted(id);
                let idle = self.asked.is_none() && self.ask_by.is_none();
                if idle && self.wrote.is_some() && state.canary_weight < self.weight {
                    self.lowered_since.get_or_insert(now);
                }
                self.weigh(state.canary_weight, now);
            }
            Event::TrafficUnread(_) => self.route_unread = true,
            Event::Wrote(state) => {
                self.route_unread = false;
                self.mark_found |= state.is_aborted(id);
                match self.asked.take() {
                    Some(Effect::Lower(lower)) if state.canary_weight < lower.to => {
                        self.lowered_since.get_or_insert(now);
                    }
                    Some(Effect::Raise(_)) => self.approved = false,
                    _ => {}
                }
                self.ask_by = None;
                self.weigh(state.canary_weight, now);
                self.wrote = Some((state.clone(), now));
            }
            Event::NotWritten(_) => self.not_written(now),
            // What was under way is not answered any more.
            Event::Restarted => self.not_written(now),
            Event::Workload(state) => {
                self.workload = Some(state.clone());
                self.workload_unseen = false;
            }
            Event::WorkloadUnseen(_) => self.workload_unseen = true,
            Event::SpecChanged => self.spec_changed = true,
            Event::SpecRestored => self.spec_changed = false,
            Event::Command(_) if refused => {}
            event if is_command(event, Action::Pause) => self.paused = true,
            event if is_command(event, Action::Resume) => {
                self.paused = false;
                self.lowered_since = None;
                self.may_lower_all = true;
            }
            event if is_command(event, Action::Approve) => self.approved = true,
            event if is_command(event, Action::Promote) => self.promoted_by_hand = true,
            _ => {}
        }
    }

    fn not_written(&mut self, now: Timestamp) {
        if let Some(Effect::Lower(_)) = self.asked.take() {
            self.ask_by = Some(now + Duration::from_secs(2));
        }
    }

    fn look(&mut self, counts: &Counts, status: Option<&Status>, rollout: &Rollout) {
        let answered = |arm: Arm| {
            let answered =
                |counts: &ArmCounts| counts.coverage == Coverage::Answered && counts.requests > 0.0;
            let numbers = |metric: &MetricCounts| metric.value.as_ref().map(|value| value.get(arm).is_ok());
            let seen =
                |metric: &MetricCounts| numbers(metric).unwrap_or_else(|| answered(metric.arms.get(arm)));
            !counts.metrics.is_empty() && counts.metrics.iter().all(seen)
        };
        let baseline_seen = answered(Arm::Baseline);
        let with_data = answered(Arm::Canary) && (baseline_seen || self.weight == 100);
        if with_data {
            self.gap_since = None;
        } else {
            self.gap_since.get_or_insert(counts.taken_at);
        }
        if counts.taken_at >= self.weight_since {
            self.looks_with_data += u32::from(with_data);
            self.requests += counts
                .metrics
                .iter()
                .find(|metric| metric.value.is_none())
                .map_or(0.0, |metric| metric.arms.canary.requests);
        }
        let metrics = &rollout.canary().analysis.metrics;
        self.values.resize_with(metrics.len(), ValueBook::default);
        // Before its history is known a rollout is not judged.
        if let Some(status) = status.filter(|status| status.verdict.is_some()) {
            for ((metric, counts), book) in metrics.iter().zip(&counts.metrics).zip(&mut self.values) {
                if let Some(limit) = values::limit(metric) {
                    book.look(counts, limit, status.weight);
                }
            }
        }
        let verdict = status.and_then(|status| status.verdict.as_ref());
        self.harm_log = verdict.map_or(0.0, |verdict| verdict.harm.log);
        self.look = Some(LookBook {
            taken_at: counts.taken_at,
            baseline_seen,
            with_data,
            verdict: verdict.map(|verdict| (verdict.kind, verdict.gate_weight, verdict.harm.log)),
        });
    }

    /// What came of the event.
    pub(super) fn wrote_down(&mut self, effects: &[Effect], rollout: &Rollout) {
        for effect in effects {
            if matches!(effect, Effect::Raise(_) | Effect::Lower(_)) {
                self.asked = Some(effect.clone());
                self.may_lower_all = true;
                self.ask_by = None;
            }
        }
        self.phase = rollout.phase();
        self.ended |= self.phase == Phase::Aborting || self.phase.is_final();
        if matches!(self.phase, Phase::Preparing | Phase::Analysing) {
            // A promotion by hand that was given up is not one for what comes later.
            self.promoted_by_hand = false;
        }
    }

    fn weigh(&mut self, weight: u8, now: Timestamp) {
        if self.weight != weight || self.wrote.is_none() {
            self.weight = weight;
            self.weight_since = now;
            self.looks_with_data = 0;
            self.requests = 0.0;
        }
    }

    /// Whether a state may have been read before our newest write.
    fn is_old(&self, state: &TrafficState, now: Timestamp) -> bool {
        let newest = self.wrote.as_ref();
        newest.is_some_and(|(wrote, at)| state.epoch < wrote.epoch && now.since(*at) <= READ_LONGEST)
    }
}
