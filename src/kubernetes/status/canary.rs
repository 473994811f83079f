//! The status of a Canary.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::metric::{EvidenceStatus, MetricStatus};
use super::words;
use crate::engine::{HoldReason, Outcome, Phase, VerdictKind};

/// Where the newest rollout stands, and whether what is written can be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CanaryStatus {
    /// The `metadata.generation` that this speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`: what is written can be used. `Progressing`: a rollout goes on. `Promoted`: the newest one ended with the canary as
    /// the new stable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What was dealt with last: a difference to it starts a rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<ObservedStatus>,
    /// The newest rollout's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// What is rolled out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// What stable ran as it began: the same hash, of the stable workload's pod template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where the rollout is in its life.
    #[schemars(schema_with = "words::phase")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Since when it is in this phase.
    #[schemars(extend("format" = "date-time"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// When it started.
    #[schemars(extend("format" = "date-time"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it ended.
    #[schemars(extend("format" = "date-time"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// The step under way, counted from 1; none before the first raise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// How many steps there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// The canary's share of the traffic in percent, as it was read or written last.
    #[schemars(range(max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u8>,
    /// What the newest look says. Only `pass` may raise.
    #[schemars(schema_with = "words::verdict")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictKind>,
    /// What it waits for, or why it ended: one line, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it ended, or is about to.
    #[schemars(schema_with = "words::outcome")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What stops progress. A holding rollout keeps judging and can abort.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<HoldStatus>,
    /// The evidence over all metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceStatus>,
    /// What both arms count and what is made of it, metric by metric, as the spec has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricStatus>,
    /// Where there is more to read, by what it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
}

/// What was dealt with last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObservedStatus {
    /// Name of the canary's Deployment.
    pub workload: String,
    /// The revision of its pod template.
    pub revision: String,
    /// The annotation `serin.dev/start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The newest rollout that a difference started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
}

/// Something that stops progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldStatus {
    /// What kind of thing.
    #[schemars(schema_with = "words::hold_reason")]
    pub reason: HoldReason,
    /// The particulars, for people.
    pub detail: String,
}
