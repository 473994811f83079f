//! Deployments and their pods, read afresh, with words for what is missing.

use futures::try_join;
use serde_json::Value;

use super::Deployments;
use super::deployment::{Deployment, Place};
use super::pods::{self, Pods};
use super::selector;
use crate::kubernetes::Failure;

impl Deployments {
    /// The Deployment as it is now.
    pub(super) async fn get(&self, place: Place<'_>) -> Result<Deployment, Failure> {
        let object = self.deployments.get(place.namespace, place.name).await;
        object.map(Deployment::from)
    }

    /// What the pods of the newest template of `deployment` say; `None` while there is no ReplicaSet for it.
    pub(super) async fn newest_pods(
        &self,
        place: Place<'_>,
        deployment: &Deployment,
    ) -> Result<Option<Pods>, Failure> {
        let selector = selector::text(deployment.selector()).map_err(Failure::Refused)?;
        let lists: (Vec<Value>, Vec<Value>) = try_join!(
            self.replica_sets.list(place.namespace, &selector),
            self.pods.list(place.namespace, &selector),
        )?;
        Ok(pods::newest(deployment, &lists.0, &lists.1))
    }
}

/// What a read brought instead of the Deployment, for people.
pub(super) fn words(place: Place<'_>, failure: &Failure) -> String {
    match failure {
        Failure::NotFound(_) => format!(
            "expected it in the cluster, found none; hint: `kubectl get deployments -n {}`",
            place.namespace
        ),
        other => other.to_string(),
    }
}
