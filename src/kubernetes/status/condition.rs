//! A condition, as Kubernetes has them (`metav1.Condition`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether what is written can be used, and what it names is there: a `False` has the field in its message.
pub const READY: &str = "Ready";
/// Whether a rollout goes on.
pub const PROGRESSING: &str = "Progressing";
/// Whether the newest rollout ended with the canary as the new stable.
pub const PROMOTED: &str = "Promoted";
/// Whether it is on its way to what is written: there only while it is, as tools that wait for any kind of resource expect.
pub const RECONCILING: &str = "Reconciling";
/// Whether it will not get there unless somebody does something: there only while it is so.
pub const STALLED: &str = "Stalled";

/// One thing that is so, is not so, or is not known: what `kubectl wait --for=condition=…` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it speaks of.
    #[schemars(length(max = 316))]
    pub r#type: String,
    /// Whether it is so.
    pub status: ConditionStatus,
    /// The `metadata.generation` that it speaks of.
    #[schemars(range(min = 0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When `status` changed last.
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: String,
    /// Why, in a word for programs, such as `StepAdvanced`.
    #[schemars(length(min = 1, max = 1024), extend("pattern" = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"))]
    pub reason: String,
    /// Why, for people.
    #[schemars(length(max = 32768))]
    pub message: String,
}

/// Whether a condition is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// It is not known.
    Unknown,
}
