//! What a command is given, and what it answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rollout::RolloutView;

/// Starts a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// Why; the journal keeps it.
    #[schema(min_length = 1, max_length = 1000, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub reason: String,
    /// Who asks, where the request brings no token; `api` where it is left out. Beside a token it is kept as a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub by: Option<String>,
    /// What is rolled out, in the words of whoever builds it; `unnamed` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub revision: Option<String>,
    /// What stable runs, in the same words; the revision that was promoted last where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub from: Option<String>,
}

/// A command to a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// Why; the journal keeps it.
    #[schema(min_length = 1, max_length = 1000, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub reason: String,
    /// Who asks, where the request brings no token; `api` where it is left out. Beside a token it is kept as a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub by: Option<String>,
}

/// An abort. It can be left out altogether: nobody who needs one looks for words first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbortRequest {
    /// Why; the journal keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub reason: Option<String>,
    /// Who asks, where the request brings no token; `api` where it is left out. Beside a token it is kept as a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub by: Option<String>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandAnswer {
    /// Where the rollout stands now. What the command leads to may come later: the stream and the rollout itself tell.
    pub rollout: RolloutView,
    /// Whether the journal has the command. Where it has not yet, the rollout acts on it all the same, and only a daemon that
    /// ends before the store is back would forget it.
    pub journalled: bool,
    /// Why it is not journalled yet.
    pub detail: Option<String>,
}
