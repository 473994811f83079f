//! Where a rollout stands, without its numbers.

use crate::engine::{ConfirmationState, HoldReason, Phase, Status, VerdictKind};

/// What people wait for in a status: while it is the same, nothing happened but another look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    rollout: String,
    phase: Phase,
    step: Option<usize>,
    weight: u8,
    verdict: Option<VerdictKind>,
    holds: Vec<HoldReason>,
    has_ending: bool,
    owes: usize,
    confirmation: Option<ConfirmationState>,
}

impl Outline {
    pub(super) fn of(status: &Status) -> Self {
        Self {
            rollout: status.id.clone(),
            phase: status.phase,
            step: status.step,
            weight: status.weight,
            verdict: status.verdict.as_ref().map(|verdict| verdict.kind),
            holds: status.holds.iter().map(|hold| hold.reason).collect(),
            has_ending: status.ending.is_some(),
            owes: status.owed.len(),
            confirmation: status
                .confirmation
                .as_ref()
                .map(|confirmation| confirmation.state),
        }
    }
}
