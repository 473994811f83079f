//! What a Canary names and nobody has made.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployment::SeenDeployment;
use crate::spec::CheckedCanary;

/// The Deployments of `canary` that are not among those that are there, as one sentence; none where both are.
pub(super) fn missing(
    canary: &CheckedCanary,
    deployments: &BTreeMap<String, Arc<SeenDeployment>>,
) -> Option<String> {
    let workloads = [
        ("stable", &canary.workloads.stable),
        ("canary", &canary.workloads.canary),
    ];
    let absent = workloads.into_iter().filter_map(|(arm, workload)| {
        let name = format!("{}/{}", canary.namespace, workload.name()?);
        let is_there = deployments.contains_key(&name);
        (!is_there).then(|| format!("Deployment {name} (spec.workloads.{arm}.name)"))
    });
    let absent: Vec<String> = absent.collect();
    (!absent.is_empty()).then(|| {
        let verb = if absent.len() == 1 { "is" } else { "are" };
        format!("{} {verb} not there", absent.join(" and "))
    })
}
