//! A number of each arm against a limit: looks in a row, and no statistics.
//!
//! Such a number (memory in use, the free connections of a pool) comes without a noise that could be reckoned with, so nothing
//! is bet on it. All the confidence it has is the number of looks in a row that say the same. It takes no share of the
//! false-abort rate, and the rate that is claimed does not cover it.

use serde::{Deserialize, Serialize};

use super::counts::{ValueCounts, unanswered};
use crate::engine::arm::PerArm;
use crate::engine::verdict::{Run, ValueVerdict};
use crate::spec::ValueLimit;

/// The state of one value's looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ValueTest {
    limit: ValueLimit,
    /// Looks with a number in a row, of each arm.
    runs: PerArm<Run>,
    /// The numbers of the newest look.
    pub(super) newest: PerArm<Option<f64>>,
    /// Why the newest look says nothing, if it does not.
    pub(super) unanswered: Option<String>,
}

impl ValueTest {
    pub(super) fn new(limit: ValueLimit) -> Self {
        Self {
            limit,
            runs: PerArm::default(),
            newest: PerArm::default(),
            unanswered: None,
        }
    }

    /// One look at a canary weight (percent). One without the numbers that are due leaves the runs as they were.
    ///
    /// The canary's looks count from its first traffic on, and from there through all steps, as evidence does. At 0 % its run
    /// ends: what an idle process needs says nothing of one that serves, so that the first gate needs all its looks beside
    /// traffic; and a run that ended in harm is no reason never to begin again.
    pub(super) fn observe(&mut self, value: &ValueCounts, weight: u8) {
        self.newest = value.as_ref().map(|number| number.as_ref().ok().copied());
        self.unanswered = unanswered(value, weight);
        if weight == 0 {
            self.runs.canary = Run::default();
        }
        if self.unanswered.is_some() {
            return;
        }
        let was_shared = self.is_shared();
        match self.newest.baseline {
            Some(number) => self.runs.baseline.add(self.limit.is_broken_by(number)),
            // At 100 % nothing is asked of it, and what is not there excuses nothing.
            None => self.runs.baseline = Run::default(),
        }
        if was_shared && !self.is_shared() && self.runs.canary.breaks {
            // What the canary did in an incident that both had is not held against it when the baseline recovers a look earlier.
            self.runs.canary = Run::default();
        }
        if let Some(number) = self.newest.canary.filter(|_| weight > 0) {
            self.runs.canary.add(self.limit.is_broken_by(number));
        }
    }

    /// Whether the canary broke the limit for long enough, and the baseline did not.
    pub(super) fn is_harmful(&self) -> bool {
        self.lasts(self.runs.canary, true) && !self.is_shared()
    }

    /// Whether the canary kept the limit for long enough, the newest look included.
    pub(super) fn is_healthy(&self) -> bool {
        self.lasts(self.runs.canary, false) && self.unanswered.is_none()
    }

    pub(super) fn verdict(&self) -> ValueVerdict {
        ValueVerdict {
            bound: self.limit.bound,
            limit: self.limit.limit,
            looks: self.limit.looks,
            runs: self.runs,
            excused: self.is_shared() && self.runs.canary.breaks,
        }
    }

    /// Whether the baseline breaks the limit as long as harm must last: then the canary is not to blame for it.
    fn is_shared(&self) -> bool {
        !self.limit.strict && self.lasts(self.runs.baseline, true)
    }

    const fn lasts(&self, run: Run, breaks: bool) -> bool {
        run.breaks == breaks && run.looks >= self.limit.looks
    }
}
