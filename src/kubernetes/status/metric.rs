//! What one metric shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arm::ArmStatus;
use super::words;
use crate::engine::VerdictKind;

/// One metric, both arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricStatus {
    /// Name of the AnalysisTemplate.
    pub template: String,
    /// What the newest look says of it.
    #[schemars(schema_with = "words::verdict")]
    pub verdict: VerdictKind,
    /// The version under test.
    pub canary: ArmStatus,
    /// What serves beside it.
    pub baseline: ArmStatus,
    /// Above this the canary counts as harmful, such as `1.1%` or `320ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptable: Option<String>,
    /// The evidence of this metric alone; a value has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceStatus>,
    /// Why it is not judged at this look, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
}

/// How far the evidence is on its way to what proves it, in whole percent, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceStatus {
    /// That the canary is harmful: at 100 it fails.
    #[schemars(range(max = 100))]
    pub harm_percent: u8,
    /// That it is healthy enough for the next weight: at 100 the gate is open.
    #[schemars(range(max = 100))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_percent: Option<u8>,
}
