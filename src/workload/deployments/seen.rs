//! What the engine is told of both arms.
//!
//! A canary whose pods are all new and ready costs two reads, which all who look at the same moment share; the pods themselves are asked only where its status leaves a question.

use std::sync::Arc;

use futures::try_join;
use serde_json::Value;

use super::deployment::{Deployment, Place};
use super::pods::Pods;
use super::rolling::progress_deadline;
use super::{Deployments, error, reading};
use crate::driver::ports::WorkloadError;
use crate::engine::WorkloadState;
use crate::kubernetes::revision;
use crate::spec::Scaling;

impl Deployments {
    /// Both arms, as they are now.
    pub(super) async fn see(
        &self,
        stable: Place<'_>,
        canary: Place<'_>,
        scaling: Scaling,
    ) -> Result<WorkloadState, WorkloadError> {
        let stable_replicas = self.glance(stable, |stable| stable.replicas());
        let seen = self.glance(canary, move |canary| Glance::at(canary, scaling));
        let (stable_replicas, seen) = try_join!(stable_replicas, seen)?;
        let deployment = match seen {
            Glance::Whole(state) => {
                return Ok(WorkloadState {
                    stable_replicas,
                    ..state
                });
            }
            Glance::Open(deployment) => deployment,
        };
        let pods = match all_ready(&deployment) {
            Some(pods) => Some(pods),
            None => {
                // Boxes of their own, here and below: hundreds look at once, and few of them ask for more.
                let pods = Box::pin(self.newest_pods(canary, &deployment)).await;
                pods.map_err(|failure| error(canary, failure.to_string()))?
            }
        };
        let mut state = state(stable_replicas, &deployment, pods);
        if scaling == Scaling::Auto {
            let scaling = Box::pin(self.scaling_of(canary, &deployment)).await;
            state.scaling = Some(scaling.map_err(|failure| error(canary, failure.to_string()))?);
        }
        Ok(state)
    }

    /// What `take` makes of a Deployment that others look at in the same moment.
    async fn glance<T: Send + 'static>(
        &self,
        place: Place<'_>,
        take: impl FnOnce(Deployment) -> T + Send + 'static,
    ) -> Result<T, WorkloadError> {
        let take = |object: Arc<Value>| take(Deployment::from(object));
        let looked = self.looked_at.get(place.namespace, place.name, take).await;
        looked.map_err(|failure| error(place, reading::words(place, &failure)))
    }
}

/// What the canary's Deployment alone says.
enum Glance {
    /// All there is to know, but for stable's replicas.
    Whole(WorkloadState),
    /// More has to be asked for.
    Open(Deployment),
}

impl Glance {
    fn at(canary: Deployment, scaling: Scaling) -> Self {
        match all_ready(&canary) {
            Some(pods) if scaling == Scaling::None => Self::Whole(state(0, &canary, Some(pods))),
            _ => Self::Open(canary),
        }
    }
}

/// The pods, where the status alone says that all of them are new and ready.
fn all_ready(deployment: &Deployment) -> Option<Pods> {
    let there = deployment.status("replicas");
    let are_all = |field| deployment.status(field) == there;
    let settled = deployment.is_observed() && there > 0 && there == deployment.replicas();
    (settled && are_all("updatedReplicas") && are_all("readyReplicas")).then_some(Pods {
        there,
        ready: there,
        trouble: None,
    })
}

/// What the engine is told, from what was read. No `pods` means that there is no ReplicaSet for the newest template.
fn state(stable_replicas: u32, canary: &Deployment, pods: Option<Pods>) -> WorkloadState {
    let reason = reason(canary, pods.as_ref());
    let Pods { ready, trouble, .. } = pods.unwrap_or_default();
    let failing = trouble.filter(|trouble| trouble.certain && ready == 0);
    WorkloadState {
        stable_replicas,
        canary_ready: ready,
        canary_reason: reason,
        canary_failing: failing.map(|trouble| trouble.words),
        canary_revision: Some(revision(canary.template())),
        scaling: None,
    }
}

/// What keeps the canary from having all pods that it asks for ready, the cause before the effect.
fn reason(canary: &Deployment, pods: Option<&Pods>) -> Option<String> {
    let wanted = canary.replicas();
    if wanted == 0 {
        return Some("it asks for 0 replicas; hint: `kubectl scale`".to_owned());
    }
    let paused = || {
        let words =
            "its rollout is paused and its newest template not rolled out; hint: `kubectl rollout resume`";
        canary.is_paused().then(|| words.to_owned())
    };
    let Some(pods) = pods else {
        let unseen = || "its newest template is not rolled out yet".to_owned();
        return Some(paused().or_else(|| refused(canary)).unwrap_or_else(unseen));
    };
    if pods.ready >= wanted {
        return None;
    }
    let few = || format!("{} of {wanted} pods are there", pods.there);
    let trouble = pods.trouble.as_ref().map(|trouble| trouble.words.clone());
    let without_words = || refused(canary).or_else(|| progress_deadline(canary));
    Some(trouble.or_else(without_words).unwrap_or_else(few))
}

/// Why no pod could be made: a quota, an admission policy.
fn refused(canary: &Deployment) -> Option<String> {
    let (reason, message) = canary.condition("ReplicaFailure", "True")?;
    Some(super::container::clipped(&format!("{reason}: {message}")))
}

#[cfg(test)]
mod tests;
