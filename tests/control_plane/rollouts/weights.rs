//! Every version of a VirtualService that was there, and what holds for them whatever happens.

use serde_json::Value;
use serin::spec::Timestamp;

use crate::world::cluster::Version;

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control_plane) struct Weights {
    pub(super) at: Timestamp,
    pub(super) stable: u64,
    pub(super) canary: u64,
    pub(super) epoch: u64,
    rollout: Option<String>,
    aborted: Option<String>,
}

impl Weights {
    /// What this version says of the route `primary`.
    pub(in crate::control_plane) fn of(version: &Version) -> Self {
        let object = &version.object;
        let weight = |at: usize| object["spec"]["http"][0]["route"][at]["weight"].as_u64();
        let mark = |name: &str| {
            let mark = object["metadata"]["annotations"][format!("serin.dev/{name}")].as_str();
            mark.map(str::to_owned)
        };
        Self {
            at: version.at,
            stable: weight(0).unwrap_or(0),
            canary: weight(1).unwrap_or(0),
            epoch: mark("epoch").map_or(0, |epoch| epoch.parse().unwrap()),
            rollout: mark("rollout"),
            aborted: mark("aborted"),
        }
    }

    /// Whether the rollout that wrote it was aborted.
    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.is_some() && self.aborted == self.rollout
    }
}

/// Weights add up, each change has a newer epoch, a raise goes one step up, and nothing is raised once there is an abort mark.
pub(in crate::control_plane) fn assert_sane(versions: &[Weights], steps: &[u64]) {
    for version in versions {
        assert_eq!(version.stable + version.canary, 100, "{versions:?}");
    }
    for pair in versions.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert!(after.epoch >= before.epoch, "{versions:?}");
        if after.canary == before.canary {
            continue;
        }
        assert!(after.epoch > before.epoch, "{versions:?}");
        if after.canary > before.canary {
            let next = steps.iter().find(|step| **step > before.canary);
            assert_eq!(Some(&after.canary), next, "{versions:?}");
            assert!(!before.is_aborted() && !after.is_aborted(), "{versions:?}");
        }
    }
}

/// The rollouts of the journal, newest first.
pub(super) fn ids(rollouts: &Value) -> Vec<&str> {
    let items = rollouts["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["id"].as_str()).collect()
}
