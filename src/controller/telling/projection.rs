//! A Canary's status, made from the rollout's and from what is written. Pure.

use serde_json::Value;

use super::conditions::{Ground, seconds};
use super::figures;
use crate::controller::missing::Missing;
use crate::controller::notes::Dealt;
use crate::engine::{Phase, Status};
use crate::kubernetes::status::{CanaryStatus, HoldStatus};
use crate::spec::{Problem, Timestamp};

/// Characters of a line that `kubectl get` shows.
const REASON_CHARS_MAX: usize = 500;

/// What there is to tell of a Canary beside its rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Circumstances {
    /// The `metadata.generation` that it is of.
    pub(super) generation: i64,
    /// Why what is written does not hold, where it does not.
    pub(super) refused: Option<Vec<Problem>>,
    /// What it names and is not there.
    pub(super) missing: Missing,
    /// What was dealt with last.
    pub(super) dealt: Option<Dealt>,
}

/// What a status is made from.
pub(super) struct Facts {
    /// All but the rollout.
    pub(super) circumstances: Circumstances,
    /// The newest rollout; none where nobody knows one.
    pub(super) rollout: Option<Status>,
    /// The time.
    pub(super) now: Timestamp,
}

/// The status that these facts make of the one `before`. What it says of a rollout that nobody knows any more stays.
pub(super) fn project(facts: &Facts, before: &Value) -> Value {
    let about = &facts.circumstances;
    let before: CanaryStatus = serde_json::from_value(before.clone()).unwrap_or_default();
    let mut status = match &facts.rollout {
        Some(rollout) => of_rollout(rollout),
        None => before.clone(),
    };
    status.observed_generation = Some(about.generation);
    status.observed = about.dealt.as_ref().map(Into::into).or(before.observed);
    status.links = before.links;
    let ground = Ground {
        generation: about.generation,
        refused: about.refused.as_deref(),
        missing: &about.missing,
        rollout: facts.rollout.as_ref(),
        reason: status.reason.as_deref(),
        before: &before.conditions,
        now: facts.now,
    };
    status.conditions = ground.conditions();
    serde_json::to_value(status).unwrap_or_default()
}

fn of_rollout(status: &Status) -> CanaryStatus {
    let verdict = status.verdict.as_deref();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    CanaryStatus {
        rollout: Some(status.id.clone()),
        revision: Some(status.revision.clone()),
        from: status.from.clone(),
        phase: Some(status.phase),
        since: Some(seconds(status.phase_since)),
        started_at: Some(seconds(status.started_at)),
        ended_at: status.phase.is_final().then(|| seconds(status.phase_since)),
        step: status.step.map(|step| count(step + 1)),
        steps: Some(count(status.steps)),
        weight: Some(status.weight),
        verdict: verdict.map(|verdict| verdict.kind),
        reason: Some(reason(status).chars().take(REASON_CHARS_MAX).collect()),
        outcome: status.ending.as_ref().map(|ending| ending.outcome),
        holds: status
            .holds
            .iter()
            .map(|hold| HoldStatus {
                reason: hold.reason,
                detail: hold.detail.chars().take(REASON_CHARS_MAX).collect(),
            })
            .collect(),
        evidence: verdict.map(figures::evidence),
        metrics: verdict.map_or_else(Vec::new, |verdict| {
            verdict.metrics.iter().map(figures::metric).collect()
        }),
        ..CanaryStatus::default()
    }
}

/// What the rollout waits for, or why it ended.
fn reason(status: &Status) -> String {
    if let Some(ending) = &status.ending {
        let cause = match &status.confirmation {
            Some(confirmation) => format!("{} (rollback {confirmation})", ending.cause),
            None => ending.cause.to_string(),
        };
        if let Some(rollback) = &status.rolled_back {
            return format!("{rollback}; before that: {cause}");
        }
        let troubled = status.owed.iter().filter(|owed| owed.trouble.is_some());
        return troubled.fold(cause, |told, owed| format!("{told}; {owed}"));
    }
    if let Some(hold) = status.holds.first() {
        return hold.to_string();
    }
    match (&status.verdict, status.phase) {
        (_, Phase::Baking) => "watched before promotion".to_owned(),
        (_, Phase::Promoting) => "stable takes the canary's version".to_owned(),
        (Some(verdict), _) => format!("gathers evidence for {}%", verdict.gate_weight),
        (None, _) => "waits for the first look".to_owned(),
    }
}
