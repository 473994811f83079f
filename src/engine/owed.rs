//! What a rollout owes its workloads: stable as it was before the rollout, and a canary that is scaled down.
//!
//! Either is asked for until it is answered, after the rollout's end too: by the next process where this one ends before, and again
//! after a pause where it was not done. What is not done in its time, or cannot be, is given up, and stays in the status.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::event::Undone;
use super::pause::doubled;
use crate::spec::Timestamp;

/// Pause before what was not done is asked for again. An attempt has been patient itself.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Pauses double up to this: a server that is back is found within half a minute.
const RETRY_LONGEST: Duration = Duration::from_secs(30);

/// Stable is tried to be put back for so long: servers that are replaced and nodes that are short are back by then. What takes longer
/// needs a person, who was told at the first failure.
const RESTORE_TRIED_FOR: Duration = Duration::from_secs(60 * 60);

/// The canary is tried to be scaled down for so long: pods that stay cost money, and the next rollout, which waits for it, is worth
/// more.
const SCALE_DOWN_TRIED_FOR: Duration = Duration::from_secs(2 * 60);

/// What can be owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Stable gets the version back that it had before the rollout.
    RestoreStable,
    /// The canary asks for no pods.
    ScaleDownCanary,
}

impl Work {
    const fn effect(self) -> Effect {
        match self {
            Self::RestoreStable => Effect::RestoreWorkload,
            Self::ScaleDownCanary => Effect::ScaleDownCanary,
        }
    }

    const fn tried_for(self) -> Duration {
        match self {
            Self::RestoreStable => RESTORE_TRIED_FOR,
            Self::ScaleDownCanary => SCALE_DOWN_TRIED_FOR,
        }
    }
}

/// One thing that is owed, as people and machines look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedWork {
    /// What.
    pub work: Work,
    /// Whether it is still to be done; else it was given up.
    pub is_due: bool,
    /// Why it was not done so far, where an attempt failed.
    pub trouble: Option<String>,
}

impl fmt::Display for OwedWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.work {
            Work::RestoreStable => "the stable workload is not put back",
            Work::ScaleDownCanary => "the canary is not scaled down",
        };
        match (&self.trouble, self.is_due) {
            (None, _) => write!(f, "{what} yet"),
            (Some(trouble), true) => write!(f, "{what} yet, and it is tried again: {trouble}"),
            (Some(trouble), false) => write!(f, "{what}, and that is given up: {trouble}"),
        }
    }
}

/// What became of something that was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nobody waits for it.
    Unasked,
    /// It was tried for the first time.
    First,
    /// Not for the first time.
    Again,
    /// It is given up now.
    GivenUp,
}

/// Everything that a rollout owes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Owed(Vec<Debt>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Debt {
    work: Work,
    /// Since when this process tries.
    since: Timestamp,
    failures: u32,
    stage: Stage,
    trouble: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    UnderWay,
    DueAt(Timestamp),
    GivenUp,
}

impl Owed {
    /// Whether there is nothing, not even what was given up.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is still to be done.
    pub(super) fn is_due(&self) -> bool {
        self.0.iter().any(|debt| debt.stage != Stage::GivenUp)
    }

    /// Whether this is owed or was given up.
    pub(super) fn has(&self, work: Work) -> bool {
        self.0.iter().any(|debt| debt.work == work)
    }

    /// Why this was not done, where it was tried.
    pub(super) fn trouble(&self, work: Work) -> Option<&str> {
        let debt = self.0.iter().find(|debt| debt.work == work)?;
        debt.trouble.as_deref()
    }

    /// From now on this is owed, whatever became of it before.
    pub(super) fn ask(&mut self, work: Work, now: Timestamp) -> Effect {
        self.done(work);
        self.0.push(Debt {
            work,
            since: now,
            failures: 0,
            stage: Stage::UnderWay,
            trouble: None,
        });
        work.effect()
    }

    /// It was done.
    pub(super) fn done(&mut self, work: Work) {
        self.0.retain(|debt| debt.work != work);
    }

    /// It was not done.
    pub(super) fn undone(&mut self, work: Work, undone: &Undone, now: Timestamp) -> Failed {
        let under_way = |debt: &&mut Debt| debt.work == work && debt.stage == Stage::UnderWay;
        let Some(debt) = self.0.iter_mut().find(under_way) else {
            return Failed::Unasked;
        };
        let is_first = debt.trouble.replace(undone.reason.clone()).is_none();
        if undone.is_lasting || now.since(debt.since) >= work.tried_for() {
            debt.stage = Stage::GivenUp;
            return Failed::GivenUp;
        }
        debt.stage = Stage::DueAt(now + doubled(RETRY_FIRST, RETRY_LONGEST, debt.failures));
        debt.failures = debt.failures.saturating_add(1);
        if is_first { Failed::First } else { Failed::Again }
    }

    /// Asks again for what is due at `now`.
    pub(super) fn retry(&mut self, now: Timestamp) -> Vec<Effect> {
        self.again(|stage| matches!(stage, Stage::DueAt(at) if at <= now))
    }

    /// Another process goes on: asks again for all that is not given up, and gives it its whole time.
    pub(super) fn restarted(&mut self, now: Timestamp) -> Vec<Effect> {
        for debt in &mut self.0 {
            debt.since = now;
            debt.failures = 0;
        }
        self.again(|stage| stage != Stage::GivenUp)
    }

    /// When something is due again.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        let due = self.0.iter().filter_map(|debt| match debt.stage {
            Stage::DueAt(at) => Some(at),
            Stage::UnderWay | Stage::GivenUp => None,
        });
        due.min()
    }

    /// All of it.
    pub(super) fn list(&self) -> Vec<OwedWork> {
        let listed = self.0.iter().map(|debt| OwedWork {
            work: debt.work,
            is_due: debt.stage != Stage::GivenUp,
            trouble: debt.trouble.clone(),
        });
        listed.collect()
    }

    fn again(&mut self, is_due: impl Fn(Stage) -> bool) -> Vec<Effect> {
        let due = self.0.iter_mut().filter(|debt| is_due(debt.stage));
        let asked = due.map(|debt| {
            debt.stage = Stage::UnderWay;
            debt.work.effect()
        });
        asked.collect()
    }
}
