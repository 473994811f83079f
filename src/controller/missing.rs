//! What a Canary names and nobody has made.

use crate::spec::CheckedCanary;

/// What a Canary names and nobody has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nobody has looked yet.
    Unknown,
    /// All of it is there.
    Nothing,
    /// This is not there, in a sentence.
    These(String),
}

impl Missing {
    /// Of the Deployments of `canary`, by whether each is there.
    pub(super) fn of(canary: &CheckedCanary, has_stable: bool, has_canary: bool) -> Self {
        let workloads = [
            ("stable", &canary.workloads.stable, has_stable),
            ("canary", &canary.workloads.canary, has_canary),
        ];
        let absent = workloads.into_iter().filter(|(_, _, is_there)| !is_there);
        let absent = absent.filter_map(|(arm, workload, _)| {
            let (namespace, name) = (&canary.namespace, workload.name()?);
            Some(format!(
                "Deployment {namespace}/{name} (spec.workloads.{arm}.name)"
            ))
        });
        let absent: Vec<String> = absent.collect();
        let verb = match absent.len() {
            0 => return Self::Nothing,
            1 => "is",
            _ => "are",
        };
        Self::These(format!("{} {verb} not there", absent.join(" and ")))
    }
}
