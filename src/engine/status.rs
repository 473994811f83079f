//! A rollout as people and machines look at it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::confirmation::Confirmation;
use super::ending::Ending;
use super::exposure::Exposure;
use super::hooks::HookStatus;
use super::owed::OwedWork;
use super::phase::{Hold, Phase};
use super::rollback::Rollback;
use super::rollout::Rollout;
use super::tally::Tally;
use super::verdict::Verdict;
use crate::spec::{Mode, Timestamp};

/// A rollout at one moment. A projection: nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The rollout's id.
    pub id: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What is rolled out.
    pub revision: String,
    /// What stable ran as it began, in the same words; none where nobody said so.
    #[serde(default)]
    pub from: Option<String>,
    /// Whether Serin moves the traffic.
    pub mode: Mode,
    /// Where it is in its life.
    pub phase: Phase,
    /// Since when.
    pub phase_since: Timestamp,
    /// When the rollout started.
    pub started_at: Timestamp,
    /// The step under way, counted from 0; none before the first raise.
    pub step: Option<usize>,
    /// How many steps there are.
    #[serde(default)]
    pub steps: usize,
    /// The canary's weight in percent, as it was read or written last.
    pub weight: u8,
    /// What stops progress.
    pub holds: Vec<Hold>,
    /// The newest verdict.
    pub verdict: Option<Arc<Verdict>>,
    /// When the newest look was taken.
    pub looked_at: Option<Timestamp>,
    /// What was counted, by metric index.
    pub tallies: Arc<Vec<Tally>>,
    /// How it ended, or is about to.
    pub ending: Option<Ending>,
    /// When the next poll is due; none once it has ended.
    pub next_look_at: Option<Timestamp>,
    /// What is still to be done to its workloads, and what of that was given up.
    #[serde(default)]
    pub owed: Vec<OwedWork>,
    /// The newest rollback of what it promoted.
    #[serde(default)]
    pub rolled_back: Option<Rollback>,
    /// Whether the traffic shows its rollback; none where it had none, and of a rollout of before.
    #[serde(default)]
    pub confirmation: Option<Confirmation>,
    /// Its hooks, in the order of the Canary; none where it calls none.
    #[serde(default)]
    pub hooks: Vec<HookStatus>,
    /// Whether somebody outside, who moves the traffic, asked for it.
    #[serde(default)]
    pub is_gated: bool,
    /// The weight of the step under way, in percent: what the canary was proven good for, whatever it has. None before the first step.
    #[serde(default)]
    pub step_weight: Option<u8>,
    /// Looks with data since the canary has the weight that it has.
    #[serde(default)]
    pub looks_at_weight: u32,
    /// Until when the newest look is young enough to act on.
    #[serde(default)]
    pub look_good_until: Option<Timestamp>,
    /// What the canary was given, and what that cost.
    #[serde(default)]
    pub exposure: Exposure,
}

impl Status {
    /// Whether something is still to be done to its workloads, or a hook is still to answer.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.owed.iter().any(|owed| owed.is_due) || self.hooks.iter().any(|hook| hook.is_due)
    }

    /// Whether it has ended, and is read on to see the canary's requests stop.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.confirmation.as_ref().is_some_and(Confirmation::is_watched)
    }

    /// Whether it has ended, owes nothing, and is not watched any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase.is_final() && !self.owes() && !self.is_watched()
    }
}

impl Rollout {
    /// The rollout at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let is_final = self.phase.is_final();
        let step = self.position.current(&self.canary.steps);
        Status {
            id: self.id.clone(),
            namespace: self.canary.namespace.clone(),
            name: self.canary.name.clone(),
            revision: self.revision.clone(),
            from: self.from.clone(),
            mode: self.canary.mode,
            phase: self.phase,
            phase_since: self.phase_since,
            started_at: self.started_at,
            step: step.map(|(index, _)| index),
            steps: self.canary.steps.len(),
            weight: self.route.weight(),
            holds: match self.phase {
                _ if is_final => Vec::new(),
                Phase::Aborting => self.route_hold().into_iter().collect(),
                _ => self.holds(now),
            },
            verdict: self.verdict.clone(),
            looked_at: self.last_look.map(|look| look.taken_at),
            tallies: self.tallies.clone(),
            ending: self.ending.clone(),
            next_look_at: (!is_final).then_some(self.next_poll),
            owed: self.owed.list(),
            rolled_back: self.rolled_back.clone(),
            confirmation: self.rollback_confirmation().cloned(),
            hooks: self.hook_statuses(),
            is_gated: !self.canary.origin.is_document(),
            step_weight: step.map(|(_, step)| step.weight),
            looks_at_weight: self.at_weight.looks_with_data,
            exposure: self.exposure(now),
            look_good_until: self.last_look.map(|look| look.taken_at + self.look_good_for()),
        }
    }

    /// The rollout's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The Canary that it runs, as it was when the rollout started.
    #[must_use]
    pub const fn canary(&self) -> &Arc<crate::spec::CheckedCanary> {
        &self.canary
    }

    /// The revision of the canary's workload that is judged; none where that has none, or was not seen yet.
    #[must_use]
    pub fn judged(&self) -> Option<&str> {
        self.judged.as_deref()
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }
}
