//! Where a rollout is in its life, what stops it, and how it ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a rollout is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Weight lowered to 0; waiting for a ready canary and a baseline with traffic.
    Preparing,
    /// Going through the steps.
    Analysing,
    /// All gates passed; watching at the last step's weight.
    Baking,
    /// Making the canary the new stable.
    Promoting,
    /// The canary is the new stable. Final.
    Succeeded,
    /// All traffic is on its way back to stable.
    Aborting,
    /// All traffic is back on stable. Final.
    Aborted,
    /// The deadline passed without proof, and all traffic is back on stable. Final.
    Inconclusive,
}

impl Phase {
    /// Every phase, in the order of a rollout's life.
    pub const ALL: [Self; 8] = [
        Self::Preparing,
        Self::Analysing,
        Self::Baking,
        Self::Promoting,
        Self::Succeeded,
        Self::Aborting,
        Self::Aborted,
        Self::Inconclusive,
    ];

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Aborted | Self::Inconclusive)
    }

    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Analysing => "analysing",
            Self::Baking => "baking",
            Self::Promoting => "promoting",
            Self::Succeeded => "succeeded",
            Self::Aborting => "aborting",
            Self::Aborted => "aborted",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The canary is the new stable.
    Promoted,
    /// The canary was rolled back.
    Aborted,
    /// Neither was proven by the deadline; the canary was rolled back without a verdict against it.
    Inconclusive,
}

impl Outcome {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Aborted => "aborted",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Something that stops progress. A holding rollout keeps judging and can abort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What kind of thing.
    pub reason: HoldReason,
    /// The particulars, for people.
    pub detail: String,
}

impl Hold {
    pub(super) fn new(reason: HoldReason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.name(), self.detail)
    }
}

/// The kinds of things that stop progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldReason {
    /// Somebody paused the rollout.
    Paused,
    /// The next step asks for somebody's approval.
    Approval,
    /// A hook has not passed.
    Hook,
    /// The canary has no ready pod, or stable is not what it was before a promotion that was given up.
    NotReady,
    /// The canary has too few ready pods for the next weight.
    Capacity,
    /// The margin is too narrow to be judged without the stable version's history.
    NoHistory,
    /// Nothing to judge by; the verdict says which state.
    NoData,
    /// The evidence of harm is rising; no step up meanwhile.
    EvidenceRising,
    /// Baseline and canary break the same threshold: an incident that the canary did not cause.
    SharedIncident,
    /// The traffic does not follow the weight, or the weight cannot be read.
    UnconfirmedWeight,
    /// Somebody else changed the route.
    Drift,
    /// The Canary was edited; this rollout keeps the one it started with.
    SpecChanged,
    /// `maxDuration` passed without proof.
    Deadline,
}

impl HoldReason {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Paused,
        Self::Approval,
        Self::Hook,
        Self::NotReady,
        Self::Capacity,
        Self::NoHistory,
        Self::NoData,
        Self::EvidenceRising,
        Self::SharedIncident,
        Self::UnconfirmedWeight,
        Self::Drift,
        Self::SpecChanged,
        Self::Deadline,
    ];

    /// Whether it stops an operator's `promote` too: such a hold says that the raise itself would be unsafe
    /// or blind, not that proof is missing; or that somebody asked for none.
    #[must_use]
    pub(super) const fn binds_operators(self) -> bool {
        matches!(
            self,
            Self::Paused
                | Self::NotReady
                | Self::Capacity
                | Self::NoData
                | Self::UnconfirmedWeight
                | Self::Drift
        )
    }

    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Approval => "approval",
            Self::Hook => "hook",
            Self::NotReady => "not-ready",
            Self::Capacity => "capacity",
            Self::NoHistory => "no-history",
            Self::NoData => "no-data",
            Self::EvidenceRising => "evidence-rising",
            Self::SharedIncident => "shared-incident",
            Self::UnconfirmedWeight => "unconfirmed-weight",
            Self::Drift => "drift",
            Self::SpecChanged => "spec-changed",
            Self::Deadline => "deadline",
        }
    }
}
