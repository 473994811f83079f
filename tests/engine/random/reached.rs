//! What the sequences got to see: a promise that was never put to the test is not kept by it.

use std::collections::BTreeMap;

use serin::engine::{Cause, Effect, Notice, NoticeKind, Outcome, Phase, Raise, Status};
use serin::spec::Mode;

/// A kind of thing, and its name.
type Thing = (&'static str, &'static str);

/// Everything that a run must reach.
const ALL: [(&str, &[&str]); 14] = [
    (
        "phase",
        &[
            "preparing",
            "analysing",
            "baking",
            "promoting",
            "succeeded",
            "aborting",
            "aborted",
            "inconclusive",
        ],
    ),
    (
        "hold",
        &[
            "paused",
            "approval",
            "hook",
            "not-ready",
            "capacity",
            "no-history",
            "no-data",
            "evidence-rising",
            "shared-incident",
            "unconfirmed-weight",
            "drift",
            "spec-changed",
            "deadline",
        ],
    ),
    ("verdict", &["pass", "fail", "inconclusive", "no-data"]),
    (
        "state",
        &[
            "sourceDown",
            "stale",
            "canarySilent",
            "baselineSilent",
            "noTraffic",
        ],
    ),
    ("value", &["pass", "fail", "inconclusive", "no-data", "excused"]),
    ("outcome", &["promoted", "aborted", "inconclusive"]),
    ("leave", &["first-step", "gate", "advance", "operator"]),
    (
        "cause",
        &[
            "proven",
            "harmful",
            "no-data",
            "canary-failing",
            "commanded",
            "deadline",
            "drift",
            "revision-changed",
            "deleted",
            "hook",
            "not-promoted",
            "mark-found",
        ],
    ),
    (
        "told",
        &[
            "refusal",
            "rollback-unconfirmed",
            "stable-not-restored",
            "hold-over",
        ],
    ),
    ("rollback", &["confirmed", "unconfirmed"]),
    ("workload", &["promote", "restore", "scale-down"]),
    (
        "abort",
        &["in the bake", "at 100 %", "while promoting", "of a lost answer"],
    ),
    ("restart", &["journalled", "unjournalled"]),
    ("preparing", &["with the canary at 100 %"]),
];

/// How often each thing was reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached(BTreeMap<Thing, u64>);

impl Reached {
    /// One more of these.
    pub(super) fn add(&mut self, kind: &'static str, name: &'static str) {
        *self.0.entry((kind, name)).or_default() += 1;
    }

    /// What a rollout shows of itself.
    pub(super) fn status(&mut self, status: &Status) {
        for hold in &status.holds {
            self.add("hold", hold.reason.name());
        }
        if (status.mode, status.phase, status.weight) == (Mode::Control, Phase::Preparing, 100) {
            self.add("preparing", "with the canary at 100 %");
        }
        if let Some(verdict) = &status.verdict {
            self.add("verdict", verdict.kind.name());
            for metric in &verdict.metrics {
                if let Some(value) = metric.value {
                    self.add("value", metric.kind.name());
                    if value.excused {
                        self.add("value", "excused");
                    }
                }
            }
            if let Some(no_data) = &verdict.no_data {
                self.add("state", no_data.state.name());
            }
        }
        if let Some(ending) = status.ending.as_ref().filter(|_| status.phase.is_final()) {
            let outcome = match ending.outcome {
                Outcome::Promoted => "promoted",
                Outcome::Aborted => "aborted",
                Outcome::Inconclusive => "inconclusive",
            };
            self.add("outcome", outcome);
            self.add("cause", cause(&ending.cause));
        }
    }

    /// What it wants.
    pub(super) fn effects(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Raise(Raise { leave, .. }) => self.add("leave", leave.name()),
                Effect::Refuse(_) => self.add("told", "refusal"),
                Effect::Notify(notice) if notice.kind == NoticeKind::RollbackUnconfirmed => {
                    self.add("told", "rollback-unconfirmed");
                }
                Effect::Notify(notice) if notice.kind == NoticeKind::StableNotRestored => {
                    self.add("told", "stable-not-restored");
                }
                Effect::Notify(Notice {
                    kind: NoticeKind::HoldOver(_),
                    ..
                }) => self.add("told", "hold-over"),
                Effect::PromoteWorkload => self.add("workload", "promote"),
                Effect::RestoreWorkload => self.add("workload", "restore"),
                Effect::ScaleDownCanary => self.add("workload", "scale-down"),
                _ => {}
            }
        }
    }

    /// The decision to abort, by the phase and the weight that it came in.
    pub(super) fn abort(&mut self, before: Phase, weight: u8) {
        match before {
            Phase::Baking => self.add("abort", "in the bake"),
            Phase::Promoting => self.add("abort", "while promoting"),
            _ => {}
        }
        if weight == 100 {
            self.add("abort", "at 100 %");
        }
    }

    /// Adds another's.
    pub(super) fn merge(&mut self, other: Self) {
        for (thing, times) in other.0 {
            *self.0.entry(thing).or_default() += times;
        }
    }

    /// What was never reached.
    pub(super) fn missing(&self) -> Vec<Thing> {
        let all = ALL
            .iter()
            .flat_map(|(kind, names)| names.iter().map(|name| (*kind, *name)));
        all.filter(|thing| !self.0.contains_key(thing)).collect()
    }
}

const fn cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::Proven(_) => "proven",
        Cause::Harmful(_) => "harmful",
        Cause::NoData(_) => "no-data",
        Cause::CanaryFailing(_) => "canary-failing",
        Cause::Commanded(_) => "commanded",
        Cause::Deadline(_) => "deadline",
        Cause::Drift(_) => "drift",
        Cause::RevisionChanged(_) => "revision-changed",
        Cause::OtherRevision { .. } => "other-revision",
        Cause::Deleted => "deleted",
        Cause::Hook(_) => "hook",
        Cause::Concluded(_) => "concluded",
        Cause::NotPromoted(_) => "not-promoted",
        Cause::MarkFound => "mark-found",
    }
}
