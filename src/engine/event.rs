//! What a rollout is told.

use serde::{Deserialize, Serialize};

use super::hooks::HookAnswer;
use super::judge::counts::Counts;
use super::observed::{TrafficState, WorkloadState};
use super::reading::MetricPast;
use super::rollback::Rollback;
use super::trail::Trail;

/// Something that happened, as the engine is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The time that the engine asked to be woken at has come.
    Wake,
    /// The process that ran the rollout is another one now: what was under way may or may not have happened.
    Restarted,
    /// A poll, as counts.
    Look(Counts),
    /// What the stable version did before the rollout, for each metric by its index.
    History(Vec<MetricPast>),
    /// The route was read.
    Traffic(TrafficState),
    /// The route could not be read.
    TrafficUnread(Fault),
    /// A write was made and read back.
    Wrote(TrafficState),
    /// A write was not made, or nobody knows.
    NotWritten(Fault),
    /// The workloads were seen.
    Workload(WorkloadState),
    /// The workloads could not be seen.
    WorkloadUnseen(String),
    /// The stable workload runs the canary's version and is ready.
    WorkloadPromoted,
    /// It is not, and was put back.
    WorkloadNotPromoted(String),
    /// It is not: the canary is of another revision than what was judged, and nothing was taken from it.
    WorkloadNotJudged {
        /// What was judged.
        judged: String,
        /// What was found.
        found: String,
    },
    /// It is not, and was not put back either: it may have the canary's version in part.
    WorkloadHalfPromoted(String),
    /// The stable workload has the version again that it had before the rollout.
    WorkloadRestored,
    /// It has not.
    WorkloadNotRestored(Undone),
    /// The canary asks for no pods any more, or not on this rollout's behalf.
    CanaryScaledDown,
    /// It still does.
    CanaryNotScaledDown(Undone),
    /// A hook was called, or not.
    HookAnswered(HookAnswer),
    /// Somebody gave a command.
    Command(Command),
    /// Somebody rolled stable back, which this rollout had promoted; or that was put back.
    RolledBack(Rollback),
    /// Another rollout of the Canary began after this one's end, by its id.
    Superseded(String),
    /// The canary's revision changed during the rollout.
    RevisionChanged(String),
    /// The Canary was edited during the rollout.
    SpecChanged,
    /// That edit was taken back: the Canary is the one that the rollout began with again.
    SpecRestored,
    /// The Canary was deleted during the rollout.
    Deleted,
    /// Whoever moves the traffic said something that the journal is to have. It decides nothing.
    Noted(String),
    /// Whoever moves the traffic of a rollout that only observes is done with it.
    Concluded {
        /// Whether the canary is the new stable there.
        promoted: bool,
        /// What they did, for people.
        detail: String,
        /// Who said so; empty in journals of before that was kept.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        by: String,
        /// Where it came from.
        #[serde(default, skip_serializing_if = "Trail::is_empty")]
        trail: Trail,
    },
}

/// Why the route could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// For people.
    pub reason: String,
}

/// A change of a workload that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Why not, for people.
    pub reason: String,
    /// Whether trying again does not help.
    #[serde(default)]
    pub is_lasting: bool,
}

/// The kinds of failure at the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Somebody else wrote in between.
    Conflict,
    /// The object is not one that Serin may change.
    Refused,
    /// The object could not be reached; nothing was written.
    Unreachable,
    /// A write was sent and no answer came.
    Unknown,
    /// The intent could not be journalled, so nothing was sent.
    NotJournalled,
}

/// An operator's command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is asked.
    pub action: Action,
    /// Who asks.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// What an operator can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Stop raising; keep judging and aborting.
    Pause,
    /// Go on; also the leave to raise again after drift.
    Resume,
    /// Let the next step begin that asks for approval.
    Approve,
    /// Skip the remaining gates.
    Promote,
    /// Send all traffic to stable.
    Abort,
}

impl Action {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Approve => "approve",
            Self::Promote => "promote",
            Self::Abort => "abort",
        }
    }
}
