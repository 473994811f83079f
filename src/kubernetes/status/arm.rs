//! What one arm counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One arm's numbers since the rollout began: the requests, and what the metric measures of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ArmStatus {
    /// Requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Success rate: the failed ones among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
    /// Success rate: their share, such as `0.42%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<String>,
    /// Latency: the quantile that is watched, such as `231ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Value: the newest number, with its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
