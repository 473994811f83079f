//! What the world looks like, as the edges report it.

use serde::{Deserialize, Serialize};

/// The managed route, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficState {
    /// The canary's weight in percent. The stable destination has the rest.
    pub canary_weight: u8,
    /// `serin.dev/epoch`; 0 where the annotation is absent.
    pub epoch: u64,
    /// `serin.dev/rollout`: the rollout that wrote last.
    pub rollout: Option<String>,
    /// `serin.dev/aborted`: counts only while it equals `rollout`.
    pub aborted: Option<String>,
    /// Whether a route other than the managed one also reaches the canary (a header match, say).
    pub other_routes_reach_canary: bool,
    /// What a later write must still find: a resource version, a content hash. Opaque.
    pub version: String,
}

impl TrafficState {
    /// Whether the object carries the abort mark of `rollout`.
    #[must_use]
    pub fn is_aborted(&self, rollout: &str) -> bool {
        self.rollout.as_deref() == Some(rollout) && self.aborted.as_deref() == Some(rollout)
    }
}

/// One guarded write of the managed route. It names the end, so that repeating it does no harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficWrite {
    /// The canary's weight in percent, 0..=100; stable gets the rest.
    pub canary_weight: u8,
    /// The epoch to write; always greater than the one in the object.
    pub epoch: u64,
    /// The rollout that writes.
    pub rollout: String,
    /// Whether to leave the abort mark.
    pub aborted: bool,
}

/// The two workloads, as they were seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkloadState {
    /// Pods of the stable arm that should run.
    pub stable_replicas: u32,
    /// Pods of the canary that are ready to serve.
    pub canary_ready: u32,
    /// Why the canary is not ready, where the workload says so.
    pub canary_reason: Option<String>,
    /// Why the canary cannot serve, where the workload itself is sure of it (a crash loop, say): under
    /// traffic that is a `fail`. Metrics that are missing are no such certainty.
    pub canary_failing: Option<String>,
    /// The revision of the canary's newest version, where the workload has one: what its pod template says, as a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_revision: Option<String>,
    /// How the canary is scaled; only where the Canary leaves that to Serin (`scaling: auto`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<CanaryScaling>,
}

/// How the canary is scaled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CanaryScaling {
    /// Pods that it asks for.
    pub replicas: u32,
    /// The rollout that scaled it last.
    pub rollout: Option<String>,
    /// Who else scales it, in words for people: Serin leaves its replicas alone then.
    pub owner: Option<String>,
}
