//! One value for each arm.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::PerArm;

/// One value for each arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PerArmView<T> {
    /// The version under test.
    pub canary: T,
    /// What serves beside it.
    pub baseline: T,
}

impl<T> PerArmView<T> {
    pub(super) fn of<S>(arms: &PerArm<S>, view: impl Fn(&S) -> T) -> Self {
        Self {
            canary: view(&arms.canary),
            baseline: view(&arms.baseline),
        }
    }
}
