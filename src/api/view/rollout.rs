//! A rollout, at one moment or in a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::per_arm::PerArmView;
use super::table::RowView;
use super::verdict::VerdictView;
use super::words;
use crate::driver::RolloutRow;
use crate::engine::words::why;
use crate::engine::{
    Cause, Confirmation, ConfirmationState, Ending, Hold, HoldReason, HookState, HookStatus, Outcome,
    OwedWork, Phase, Status, Table, Tally, Work,
};
use crate::spec::{HookType, Mode};

/// A rollout at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutView {
    /// Its id.
    pub id: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What is rolled out.
    pub revision: String,
    /// What stable ran as it began, in the same words; null where nobody said so.
    #[serde(default)]
    pub from: Option<String>,
    /// Whether Serin moves the traffic.
    #[schema(schema_with = words::mode)]
    pub mode: Mode,
    /// Where it is in its life.
    #[schema(schema_with = words::phase)]
    pub phase: Phase,
    /// Since when.
    #[schema(format = DateTime)]
    pub phase_since: String,
    /// When it started.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// The step under way, counted from 0; null before the first raise.
    pub step: Option<usize>,
    /// The canary's weight in percent, as it was read or written last.
    #[schema(maximum = 100)]
    pub weight: u8,
    /// What stops progress. A holding rollout keeps judging and can abort.
    pub holds: Vec<HoldView>,
    /// The newest verdict.
    pub verdict: Option<VerdictView>,
    /// Why it stands where it stands, in one sentence.
    #[serde(default)]
    pub why: String,
    /// What the newest verdict says, metric by metric, in words.
    #[serde(default)]
    #[schema(value_type = Vec<RowView>)]
    pub table: Table,
    /// What the canary was given, and what that cost, in words.
    #[serde(default)]
    pub exposure: String,
    /// When the newest look was taken.
    #[schema(format = DateTime)]
    pub looked_at: Option<String>,
    /// When the next poll is due; null once it has ended.
    #[schema(format = DateTime)]
    pub next_look_at: Option<String>,
    /// What was counted since it began, by metric index.
    pub tallies: Vec<TallyView>,
    /// How it ended, or is about to.
    pub ending: Option<EndingView>,
    /// What is still to be done to its workloads, and what of that was given up.
    #[serde(default)]
    pub owed: Vec<OwedView>,
    /// Its hooks, in the order of the Canary.
    #[serde(default)]
    pub hooks: Vec<HookView>,
    /// Whether the traffic shows its rollback; null where there was none, or the canary had no traffic.
    #[serde(default)]
    pub confirmation: Option<ConfirmationView>,
    /// Who rolled stable back after its promotion, from what to what, and why, in words; null where nobody did.
    #[serde(default)]
    pub rolled_back: Option<String>,
}

/// A hook, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookView {
    /// Its name.
    pub name: String,
    /// When it is called.
    #[schema(schema_with = words::hook_type)]
    pub r#type: HookType,
    /// How it stands.
    #[schema(schema_with = words::hook_state)]
    pub state: HookState,
    /// The status and the first line of its newest answer about what comes next, or why there is none; null before it.
    pub detail: Option<String>,
    /// When that came.
    #[schema(format = DateTime)]
    pub answered_at: Option<String>,
}

/// One thing that a rollout owes its workloads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwedView {
    /// What.
    #[schema(schema_with = words::work)]
    pub work: Work,
    /// Whether it is still to be done; else it was given up.
    pub is_due: bool,
    /// How it stands, in words.
    pub detail: String,
}

/// Whether the traffic shows a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationView {
    /// How far it is.
    #[schema(schema_with = words::confirmation)]
    pub state: ConfirmationState,
    /// When the weight 0 was read back.
    #[schema(format = DateTime)]
    pub since: String,
    /// When the first whole look without a request of the canary was over; null before.
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// Requests of the canary that came after `since` for sure.
    pub requests: u64,
    /// How it stands, in words.
    pub detail: String,
}

/// Something that stops progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    /// What kind of thing.
    #[schema(schema_with = words::hold_reason)]
    pub reason: HoldReason,
    /// The particulars, for people.
    pub detail: String,
}

/// Totals of one metric, looks that were not judged included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TallyView {
    /// Requests.
    pub requests: PerArmView<f64>,
    /// Pods whose counts were lost to a gap.
    pub gaps: PerArmView<u32>,
}

/// How a rollout ended, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndingView {
    /// How.
    #[schema(schema_with = words::outcome)]
    pub outcome: Outcome,
    /// Why.
    pub cause: CauseView,
    /// Why, in words with their numbers.
    pub detail: String,
    /// Who asked for it, where somebody did.
    pub by: Option<String>,
}

/// Why a rollout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseView {
    /// Every gate was passed.
    Proven,
    /// The evidence of harm reached its limit.
    Harmful,
    /// A no-data state outlasted its deadline, and its policy says abort.
    NoData,
    /// The workload itself says that the canary cannot serve.
    CanaryFailing,
    /// Somebody asked for it.
    Commanded,
    /// The deadline passed without proof.
    Deadline,
    /// Somebody lowered the canary and nobody resumed the rollout.
    Drift,
    /// The canary's revision changed.
    RevisionChanged,
    /// The Canary was deleted.
    Deleted,
    /// A hook asked for it, failed too often, or did not pass in its time.
    Hook,
    /// Whoever moves the traffic of a rollout that only observes was done with it.
    Concluded,
    /// The stable workload did not become ready with the canary's version.
    NotPromoted,
    /// The abort mark was found in the object.
    MarkFound,
}

/// A rollout in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutRowView {
    /// Its id.
    pub id: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What was rolled out.
    pub revision: String,
    /// Where it is in its life.
    #[schema(schema_with = words::phase)]
    pub phase: Phase,
    /// How it ended; null while it has not.
    #[schema(schema_with = words::optional_outcome)]
    pub outcome: Option<Outcome>,
    /// When it started.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// When it ended.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// Why it ended, in words with their numbers; null while it has not.
    pub cause: Option<String>,
}

impl From<&Status> for RolloutView {
    fn from(status: &Status) -> Self {
        Self {
            id: status.id.clone(),
            namespace: status.namespace.clone(),
            name: status.name.clone(),
            revision: status.revision.clone(),
            from: status.from.clone(),
            mode: status.mode,
            phase: status.phase,
            phase_since: status.phase_since.to_string(),
            started_at: status.started_at.to_string(),
            step: status.step,
            weight: status.weight,
            holds: status.holds.iter().map(Into::into).collect(),
            verdict: status.verdict.as_deref().map(Into::into),
            why: why(status),
            table: status.verdict.as_deref().map(Table::of).unwrap_or_default(),
            exposure: status.exposure.to_string(),
            looked_at: status.looked_at.map(|at| at.to_string()),
            next_look_at: status.next_look_at.map(|at| at.to_string()),
            tallies: status.tallies.iter().map(Into::into).collect(),
            ending: status.ending.as_ref().map(Into::into),
            owed: status.owed.iter().map(Into::into).collect(),
            hooks: status.hooks.iter().map(Into::into).collect(),
            confirmation: status.confirmation.as_ref().map(Into::into),
            rolled_back: status.rolled_back.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&HookStatus> for HookView {
    fn from(hook: &HookStatus) -> Self {
        Self {
            name: hook.name.clone(),
            r#type: hook.r#type,
            state: hook.state,
            detail: hook.detail.clone(),
            answered_at: hook.answered_at.map(|at| at.to_string()),
        }
    }
}

impl From<&OwedWork> for OwedView {
    fn from(owed: &OwedWork) -> Self {
        Self {
            work: owed.work,
            is_due: owed.is_due,
            detail: owed.to_string(),
        }
    }
}

impl From<&Confirmation> for ConfirmationView {
    fn from(confirmation: &Confirmation) -> Self {
        Self {
            state: confirmation.state,
            since: confirmation.since.to_string(),
            at: confirmation.at.map(|at| at.to_string()),
            requests: confirmation.requests as u64,
            detail: confirmation.to_string(),
        }
    }
}

impl From<&Hold> for HoldView {
    fn from(hold: &Hold) -> Self {
        Self {
            reason: hold.reason,
            detail: hold.detail.clone(),
        }
    }
}

impl From<&Tally> for TallyView {
    fn from(tally: &Tally) -> Self {
        Self {
            requests: PerArmView::of(&tally.requests, |requests| *requests),
            gaps: PerArmView::of(&tally.gaps, |gaps| *gaps),
        }
    }
}

impl From<&Ending> for EndingView {
    fn from(ending: &Ending) -> Self {
        let by = match &ending.cause {
            Cause::Commanded(command) => Some(command.by.clone()),
            _ => None,
        };
        Self {
            outcome: ending.outcome,
            cause: (&ending.cause).into(),
            detail: ending.cause.to_string(),
            by,
        }
    }
}

impl From<&Cause> for CauseView {
    fn from(cause: &Cause) -> Self {
        match cause {
            Cause::Proven(_) => Self::Proven,
            Cause::Harmful(_) => Self::Harmful,
            Cause::NoData(_) => Self::NoData,
            Cause::CanaryFailing(_) => Self::CanaryFailing,
            Cause::Commanded(_) => Self::Commanded,
            Cause::Deadline(_) => Self::Deadline,
            Cause::Drift(_) => Self::Drift,
            Cause::RevisionChanged(_) | Cause::OtherRevision { .. } => Self::RevisionChanged,
            Cause::Deleted => Self::Deleted,
            Cause::Hook(_) => Self::Hook,
            Cause::Concluded(_) => Self::Concluded,
            Cause::NotPromoted(_) => Self::NotPromoted,
            Cause::MarkFound => Self::MarkFound,
        }
    }
}

impl From<RolloutRow> for RolloutRowView {
    fn from(row: RolloutRow) -> Self {
        Self {
            id: row.id,
            namespace: row.namespace,
            name: row.name,
            revision: row.revision,
            phase: row.phase,
            outcome: row.outcome,
            started_at: row.started_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            cause: row.cause,
        }
    }
}
