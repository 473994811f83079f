//! What stops progress, in the order in which a person would want to hear it.

use super::abort::LOWERING_PAGE_AFTER;
use super::effect::{Effect, NoticeKind, Urgency};
use super::observed::WorkloadState;
use super::owed::Work;
use super::phase::{Hold, HoldReason, Phase};
use super::rollout::{HistoryState, Rollout};
use super::words;
use crate::spec::{AfterDeadline, Timestamp};

impl Rollout {
    /// Everything that stops progress now. A raise, a bake's end and a promotion need this to be empty.
    pub(super) fn holds(&self, now: Timestamp) -> Vec<Hold> {
        let hook = self.hook_hold(now);
        self.holds_but_hooks(now).into_iter().chain(hook).collect()
    }

    /// The same without the hooks, which are only asked once nothing else stops what they are asked about.
    pub(super) fn holds_but_hooks(&self, now: Timestamp) -> Vec<Hold> {
        let capacity = self.next_raise().and_then(|weight| self.capacity_hold(weight));
        self.holds_but_capacity(now).into_iter().chain(capacity).collect()
    }

    /// The same without the replicas that the next raise asks for either.
    pub(super) fn holds_but_capacity(&self, now: Timestamp) -> Vec<Hold> {
        [
            self.paused
                .then(|| Hold::new(HoldReason::Paused, "until somebody resumes the rollout")),
            self.drift_hold(),
            self.spec_changed.then(|| {
                Hold::new(
                    HoldReason::SpecChanged,
                    "the Canary was edited, and this rollout keeps the one that it began with; take the edit back, or promote, \
                     or abort and start anew",
                )
            }),
            self.deadline_passed.then(|| {
                Hold::new(
                    HoldReason::Deadline,
                    "maxDuration passed without proof; promote or abort it by hand",
                )
            }),
            self.no_history_hold(),
            self.no_data_hold(),
            self.harm_hold(),
            self.shared_incident_hold(),
            self.weight_hold(),
            self.not_ready_hold(),
            self.approval_hold(now),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Tells people of holds that need one of them, once each time such a hold begins, and once when it is over. The end of the rollout
    /// ends them all, and says so itself.
    pub(super) fn tell_of_holds(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Aborting {
            return;
        }
        let holds = self.holds(now);
        // An approval stays asked for, and so does a hook: where requests are few, every other look says nothing of it.
        let (kept, over): (Vec<HoldReason>, Vec<HoldReason>) =
            self.notified_holds.iter().copied().partition(|reason| {
                matches!(reason, HoldReason::Approval | HoldReason::Hook)
                    || holds.iter().any(|hold| hold.reason == *reason)
            });
        self.notified_holds = kept;
        for reason in over {
            let text = words::hold_over(self, reason);
            effects.push(self.notice(NoticeKind::HoldOver(reason), Urgency::Info, text, now));
        }
        for hold in holds {
            let Some(urgency) = self.urgency(hold.reason, now) else {
                continue;
            };
            if !self.notified_holds.contains(&hold.reason) {
                self.notified_holds.push(hold.reason);
                let text = format!("{}/{} holds: {hold}", self.canary.namespace, self.canary.name);
                effects.push(self.notice(NoticeKind::Holding(hold), urgency, text, now));
            }
        }
    }

    /// Who has to hear of such a hold; `None` where it passes by itself.
    fn urgency(&self, reason: HoldReason, now: Timestamp) -> Option<Urgency> {
        match reason {
            HoldReason::Approval | HoldReason::SpecChanged | HoldReason::NoHistory => Some(Urgency::Info),
            HoldReason::Hook => self.hook_hold_was_answered(now).then_some(Urgency::Info),
            HoldReason::Deadline => Some(Urgency::Warning),
            HoldReason::Drift => Some(Urgency::Page),
            HoldReason::NoData if self.lowered_without_data => Some(Urgency::Page),
            HoldReason::NoData => {
                let state = self.no_data.current()?.state;
                let policy = state.policy(&self.canary.analysis.no_data);
                let outlasted = policy.then == AfterDeadline::Hold && self.no_data.lasted() >= policy.after;
                outlasted.then_some(Urgency::Page)
            }
            HoldReason::UnconfirmedWeight => {
                let failing = self.route.failing()?;
                (now.since(failing.since) >= LOWERING_PAGE_AFTER).then_some(Urgency::Page)
            }
            HoldReason::Paused
            | HoldReason::NotReady
            | HoldReason::Capacity
            | HoldReason::EvidenceRising
            | HoldReason::SharedIncident => None,
        }
    }

    /// The weight that the next raise leads to, if one is due before anything else.
    pub(super) fn next_raise(&self) -> Option<u8> {
        match (self.phase, self.position.next(&self.canary.steps)) {
            (Phase::Preparing | Phase::Analysing, next) => next.map(|(_, step)| step.weight),
            _ => self.last_raise(),
        }
    }

    fn drift_hold(&self) -> Option<Hold> {
        let drift = self.route.drift()?;
        let hint = if drift.needs_person && !self.route.is_left_alone() {
            "; resume to go on"
        } else {
            ""
        };
        Some(Hold::new(HoldReason::Drift, format!("{}{hint}", drift.detail)))
    }

    fn no_history_hold(&self) -> Option<Hold> {
        match &self.history {
            HistoryState::Needed(unprovable) => {
                Some(Hold::new(HoldReason::NoHistory, unprovable.to_string()))
            }
            HistoryState::Unasked | HistoryState::Asked | HistoryState::Known => None,
        }
    }

    fn no_data_hold(&self) -> Option<Hold> {
        if self.lowered_without_data {
            return Some(Hold::new(
                HoldReason::NoData,
                "lowered to 0 by the no-data policy; resume to go on",
            ));
        }
        let no_data = self.no_data.current()?;
        Some(Hold::new(
            HoldReason::NoData,
            format!("{} ({})", no_data.state.name(), no_data.reason),
        ))
    }

    fn harm_hold(&self) -> Option<Hold> {
        let verdict = self.verdict.as_ref().filter(|verdict| verdict.evidence_rising)?;
        let metric = verdict.blame.and_then(|index| verdict.metrics.get(index));
        let detail = match metric {
            Some(metric) if metric.value.is_some() => words::figures(metric),
            Some(metric) => format!("most of it from {}", metric.metric),
            None => "most of it from no metric".to_owned(),
        };
        Some(Hold::new(HoldReason::EvidenceRising, detail))
    }

    fn shared_incident_hold(&self) -> Option<Hold> {
        let incident = self.verdict.as_ref()?.shared_incident.as_ref()?;
        Some(Hold::new(HoldReason::SharedIncident, incident.clone()))
    }

    fn weight_hold(&self) -> Option<Hold> {
        let mismatch = || Some(Hold::new(HoldReason::UnconfirmedWeight, self.share_mismatch()?));
        self.route_hold().or_else(mismatch)
    }

    /// The route could not be written or read. The one hold that matters in an abort too.
    pub(super) fn route_hold(&self) -> Option<Hold> {
        let unwritten = self.route.failing().map(|failed| {
            format!(
                "not lowered yet, and tried again since {}: {}",
                failed.since, failed.reason
            )
        });
        let unread = || {
            let unread = self.route.unread()?;
            Some(format!("not read since {}: {}", unread.since, unread.reason))
        };
        let detail = unwritten.or_else(unread)?;
        Some(Hold::new(HoldReason::UnconfirmedWeight, detail))
    }

    pub(super) fn share_mismatch(&self) -> Option<String> {
        let first = self.canary.steps.first().map_or(100, |step| step.weight);
        self.share
            .mismatch(self.route.weight(), first, self.route.other_routes_reach_canary())
    }

    fn not_ready_hold(&self) -> Option<Hold> {
        if let Some(trouble) = self.owed.trouble(Work::RestoreStable) {
            let detail = format!("the stable workload is not put back: {trouble}");
            return Some(Hold::new(HoldReason::NotReady, detail));
        }
        if let Some(reason) = &self.workload_unseen {
            return Some(Hold::new(HoldReason::NotReady, reason.clone()));
        }
        let Some(workload) = &self.workload else {
            return Some(Hold::new(HoldReason::NotReady, "the workloads were not seen yet"));
        };
        let WorkloadState {
            canary_ready,
            canary_reason,
            canary_failing,
            ..
        } = workload;
        let reason = canary_failing.as_ref().or(canary_reason.as_ref());
        (*canary_ready == 0 || canary_failing.is_some()).then(|| {
            let reason = reason.map_or("the canary has no ready pod", String::as_str);
            Hold::new(HoldReason::NotReady, reason)
        })
    }

    /// Before a raise to *w* percent: at least `ceil(w/100 × stable replicas × capacity)` ready replicas.
    pub(super) fn capacity_hold(&self, weight: u8) -> Option<Hold> {
        let workload = self
            .workload
            .as_ref()
            .filter(|workload| workload.canary_ready > 0)?;
        if weight <= self.route.weight() {
            return None;
        }
        let needed = self.replicas_for(weight, workload.stable_replicas);
        let owner = workload
            .scaling
            .as_ref()
            .and_then(|scaling| scaling.owner.as_ref());
        let scaled_by = owner.map_or_else(String::new, |owner| format!("; {owner} scales it, and not Serin"));
        (workload.canary_ready < needed).then(|| {
            Hold::new(
                HoldReason::Capacity,
                format!(
                    "{weight} % needs {needed} ready canary replicas and there are {}{scaled_by}",
                    workload.canary_ready
                ),
            )
        })
    }

    fn approval_hold(&self, now: Timestamp) -> Option<Hold> {
        let (index, step) = self.position.next(&self.canary.steps)?;
        let due = self.leave(now).is_some() && self.has_had_its_time(now);
        (step.approval && self.approved != Some(index) && due).then(|| {
            Hold::new(
                HoldReason::Approval,
                format!("the step to {} % waits for `approve`", step.weight),
            )
        })
    }
}
