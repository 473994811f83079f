//! What is followed of a Deployment.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::core::DynamicObject;

use crate::engine::Rollback;
use crate::kubernetes::{revision, rolled_back};
use crate::spec::Workload;

/// A Deployment, as far as anything here hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenDeployment {
    /// What its pod template says, as a hash: it changes with the template, and with nothing else, such as the replicas.
    pub(super) revision: String,
    /// The newest rollback by hand.
    pub(super) rolled_back: Option<Rollback>,
}

impl SeenDeployment {
    /// That of one of a Canary's workloads, among all that are there by `namespace/name`; none while it is not.
    pub(super) fn among<'a>(
        deployments: &'a BTreeMap<String, Arc<Self>>,
        namespace: &str,
        workload: &Workload,
    ) -> Option<&'a Self> {
        let name = workload.name()?;
        deployments
            .get(&format!("{namespace}/{name}"))
            .map(|seen| &**seen)
    }

    pub(super) fn of(object: &DynamicObject) -> Self {
        let annotation = |key: &str| {
            let annotations = object.metadata.annotations.as_ref()?;
            annotations.get(key).map(String::as_str)
        };
        Self {
            revision: revision(&object.data["spec"]["template"]),
            rolled_back: rolled_back(annotation),
        }
    }
}
