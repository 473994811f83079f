//! What a rollout wants done.
//!
//! Effects name the end ("weight is 25"), never the change, so that repeating one after a crash does no harm.

use serde::{Deserialize, Serialize};

use super::briefing::Briefing;
use super::event::Action;
use super::hooks::HookCall;
use super::phase::{Hold, HoldReason, Outcome};

/// Something that the driver is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Poll: read the route, the workloads and the metrics.
    Poll,
    /// Read what the stable version did before the rollout.
    ReadHistory,
    /// Give the canary more traffic. Guarded: only while the object still has `from` and `epoch`.
    Raise(Raise),
    /// Give the canary less traffic, whoever wrote last.
    Lower(Lower),
    /// Let the stable workload take the canary's version.
    PromoteWorkload,
    /// Put the stable workload back to the version it had.
    RestoreWorkload,
    /// Let the canary ask for at least this many pods.
    ScaleCanary {
        /// Pods that it asks for.
        replicas: u32,
    },
    /// Scale the canary down; it serves no traffic any more.
    ScaleDownCanary,
    /// Call a hook. The answer to the newest call of each counts.
    CallHook(HookCall),
    /// Tell people. Journalled with the decision it tells of, delivered afterwards.
    Notify(Notice),
    /// A command was refused; nothing changed.
    Refuse(Refusal),
}

/// A raise of the canary's weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// The weight that was read back last, in percent.
    pub from: u8,
    /// The weight to reach, in percent.
    pub to: u8,
    /// The epoch that this rollout wrote last.
    pub epoch: u64,
    /// By whose leave.
    pub leave: Leave,
}

/// By whose leave a weight is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leave {
    /// The first raise from 0: a ready canary, and a look that saw the baseline.
    FirstStep,
    /// The verdict `pass` at the gate of the weight to reach.
    Gate,
    /// `onInconclusive: advance` after the deadline: without proof, or without the step's `minRequests`.
    Advance,
    /// An operator's `promote`: without the remaining gates.
    Operator,
}

impl Leave {
    /// The name in documents and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstStep => "first-step",
            Self::Gate => "gate",
            Self::Advance => "advance",
            Self::Operator => "operator",
        }
    }
}

/// A lowering of the canary's weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lower {
    /// The weight to reach, in percent.
    pub to: u8,
    /// The epoch to write is greater than this one and than the object's.
    pub epoch_floor: u64,
    /// Whether to leave the abort mark, after which nothing raises this rollout again.
    pub abort: bool,
}

/// News for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// Whether somebody is needed.
    pub urgency: Urgency,
    /// One sentence with the numbers.
    pub text: String,
    /// What to know beside it. None of a test, and of news that an earlier version told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub briefing: Option<Box<Briefing>>,
}

/// What a notice tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The rollout began.
    Started,
    /// The canary reached this weight.
    Stepped {
        /// In percent.
        weight: u8,
    },
    /// Progress stopped for this reason.
    Holding(Hold),
    /// What people were told of as a hold is over.
    HoldOver(HoldReason),
    /// All gates passed; the bake began.
    Baking,
    /// The rollout ended.
    Ended(Outcome),
    /// All traffic should be on stable, and the write is not confirmed, or the traffic does not follow it.
    RollbackUnconfirmed,
    /// All traffic is on stable, as the traffic itself shows.
    RollbackConfirmed,
    /// All traffic is on stable, and the stable workload was not put back to the version that it had before the rollout.
    StableNotRestored,
    /// The stable workload was put back after all, of which people were told that it was not.
    StableRestored,
    /// Somebody rolled stable back after its promotion.
    RolledBack,
    /// Somebody tries a channel. No rollout tells this.
    Test,
}

impl NoticeKind {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stepped { .. } => "stepped",
            Self::Holding(_) => "holding",
            Self::HoldOver(_) => "hold-over",
            Self::Baking => "baking",
            Self::Ended(_) => "ended",
            Self::RollbackUnconfirmed => "rollback-unconfirmed",
            Self::RollbackConfirmed => "rollback-confirmed",
            Self::StableNotRestored => "stable-not-restored",
            Self::StableRestored => "stable-restored",
            Self::RolledBack => "rolled-back",
            Self::Test => "test",
        }
    }
}

/// Whether somebody is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Nobody.
    Info,
    /// Somebody should look, in office hours.
    Warning,
    /// Somebody is needed now.
    Page,
}

impl Urgency {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Page => "page",
        }
    }
}

/// A command that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} refused: {reason}", .action.name())]
pub struct Refusal {
    /// What was asked.
    pub action: Action,
    /// Why not, and what to do instead.
    pub reason: String,
}
