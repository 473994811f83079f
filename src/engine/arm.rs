//! The two sides of every comparison.

use serde::{Deserialize, Serialize};

/// One side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// The version under test.
    Canary,
    /// What serves beside it at the same time.
    Baseline,
}

/// One value for each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PerArm<T> {
    /// The canary's.
    pub canary: T,
    /// The baseline's.
    pub baseline: T,
}

impl<T> PerArm<T> {
    /// Both values changed by the same function.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> PerArm<U> {
        PerArm {
            canary: change(self.canary),
            baseline: change(self.baseline),
        }
    }

    /// Both values borrowed.
    pub const fn as_ref(&self) -> PerArm<&T> {
        PerArm {
            canary: &self.canary,
            baseline: &self.baseline,
        }
    }

    /// The value of one side.
    pub const fn get(&self, arm: Arm) -> &T {
        match arm {
            Arm::Canary => &self.canary,
            Arm::Baseline => &self.baseline,
        }
    }

    /// The value of one side, to change.
    pub const fn get_mut(&mut self, arm: Arm) -> &mut T {
        match arm {
            Arm::Canary => &mut self.canary,
            Arm::Baseline => &mut self.baseline,
        }
    }
}
