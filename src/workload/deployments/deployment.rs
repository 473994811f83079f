//! One Deployment, as it was read.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// Which Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Deployment {}/{}", self.namespace, self.name)
    }
}

/// A Deployment at one moment. Fields that are absent have Kubernetes' own defaults.
#[derive(Debug, Clone)]
pub(super) struct Deployment(Arc<Value>);

impl From<Value> for Deployment {
    fn from(object: Value) -> Self {
        Self(Arc::new(object))
    }
}

impl From<Arc<Value>> for Deployment {
    fn from(object: Arc<Value>) -> Self {
        Self(object)
    }
}

impl Deployment {
    /// `metadata.uid`: what its ReplicaSets name as their owner.
    pub(super) fn uid(&self) -> &str {
        self.0["metadata"]["uid"].as_str().unwrap_or_default()
    }

    /// `metadata.resourceVersion`; empty where there is none, which no object has.
    pub(super) fn version(&self) -> &str {
        self.0["metadata"]["resourceVersion"].as_str().unwrap_or_default()
    }

    /// Pods that it asks for.
    pub(super) fn replicas(&self) -> u32 {
        self.0["spec"]["replicas"].as_u64().map_or(1, count)
    }

    /// Whether a new template is left unrolled.
    pub(super) fn is_paused(&self) -> bool {
        self.0["spec"]["paused"] == true
    }

    /// Whether its status speaks of its newest spec.
    pub(super) fn is_observed(&self) -> bool {
        self.0["status"]["observedGeneration"].as_u64() >= self.0["metadata"]["generation"].as_u64()
    }

    /// A number of its status: `replicas`, `updatedReplicas`, `readyReplicas`, `availableReplicas`.
    pub(super) fn status(&self, field: &str) -> u32 {
        self.0["status"][field].as_u64().map_or(0, count)
    }

    /// The condition of this type, where its status is this one: its reason and its message.
    pub(super) fn condition(&self, kind: &str, status: &str) -> Option<(&str, &str)> {
        let conditions = self.0["status"]["conditions"].as_array()?;
        let condition = conditions
            .iter()
            .find(|condition| condition["type"] == kind && condition["status"] == status)?;
        let text = |field: &str| condition[field].as_str().unwrap_or_default();
        Some((text("reason"), text("message")))
    }

    /// `spec.template`: what its pods are made from.
    pub(super) fn template(&self) -> &Value {
        &self.0["spec"]["template"]
    }

    /// `spec.selector`: which pods are its own.
    pub(super) fn selector(&self) -> &Value {
        &self.0["spec"]["selector"]
    }

    /// All of `metadata.annotations`; null where there are none.
    pub(super) fn annotations(&self) -> &Value {
        &self.0["metadata"]["annotations"]
    }

    /// One of its annotations.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations()[key].as_str()
    }
}

fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_that_says_nothing_asks_for_one_pod() {
        let deployment = Deployment::from(json!({"spec": {}}));
        assert_eq!(deployment.replicas(), 1);
        assert_eq!(deployment.status("readyReplicas"), 0);
        assert!(!deployment.is_paused());
    }

    #[test]
    fn a_status_of_an_older_spec_is_not_believed() {
        let at = |observed: u64| {
            Deployment::from(
                json!({"metadata": {"generation": 3}, "status": {"observedGeneration": observed}}),
            )
            .is_observed()
        };
        assert!(!at(2));
        assert!(at(3));
        assert!(!Deployment::from(json!({"metadata": {"generation": 1}})).is_observed());
    }
}
