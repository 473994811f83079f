//! The canary's replicas, where the Canary leaves them to Serin.
//!
//! Whose they are is asked before every change: where an autoscaler has the Deployment, its replicas are left alone. The rollout that
//! scaled it last is noted on it, so that a rollout which clears up late takes nothing from the one after it.

use serde_json::Value;
use tokio::time::sleep;

use super::copying::RACES_MAX;
use super::denials::Denials;
use super::deployment::{Deployment, Place};
use super::marks::ROLLOUT;
use super::patch::{Annotation, Wanted, operations};
use super::{Deployments, reading};
use crate::engine::CanaryScaling;
use crate::kubernetes::Failure;

impl Deployments {
    /// How `canary` is scaled.
    pub(super) async fn scaling_of(
        &self,
        place: Place<'_>,
        canary: &Deployment,
    ) -> Result<CanaryScaling, Failure> {
        let autoscalers = self.autoscalers.list(place.namespace, "").await?;
        Ok(CanaryScaling {
            replicas: canary.replicas(),
            rollout: canary.annotation(ROLLOUT).map(str::to_owned),
            owner: owner(place, &autoscalers),
        })
    }

    /// Lets `canary` ask for at least `replicas` pods, and notes that they are for `rollout`.
    ///
    /// # Errors
    /// Why not; it may be tried again.
    pub(super) async fn scale_up(
        &self,
        canary: Place<'_>,
        rollout: &str,
        replicas: u32,
    ) -> Result<(), String> {
        let change = |object: &Deployment, scaling: &CanaryScaling| {
            let more = (object.replicas() < replicas).then_some(replicas);
            let noted = scaling.rollout.as_deref() == Some(rollout);
            (more.is_some() || !noted).then_some(more)
        };
        self.rescale(canary, rollout, change).await
    }

    /// Lets `canary` ask for no pods, once the last requests are answered, unless another rollout needs them by then.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn scale_to_none(&self, canary: Place<'_>, rollout: &str) -> Result<(), String> {
        sleep(self.pace.scale_down_after).await;
        let change = |object: &Deployment, scaling: &CanaryScaling| {
            let is_ours = scaling.rollout.as_deref() == Some(rollout);
            (is_ours && object.replicas() > 0).then_some(Some(0))
        };
        self.rescale(canary, rollout, change).await
    }

    /// Makes the `change` that is due to the object as it is at the moment: other replicas or none, and the note; nothing where none is.
    async fn rescale(
        &self,
        place: Place<'_>,
        rollout: &str,
        change: impl Fn(&Deployment, &CanaryScaling) -> Option<Option<u32>> + Sync,
    ) -> Result<(), String> {
        let mut races = 0;
        let mut denials = Denials::default();
        loop {
            match self.try_rescale(place, rollout, &change).await {
                Ok(()) => return Ok(()),
                Err(Failure::Conflict(_)) if races < RACES_MAX => races += 1,
                Err(Failure::Unreachable(_) | Failure::Unknown(_)) => sleep(self.pace.poll).await,
                Err(Failure::Denied(_)) if !denials.are_certain(self.pace) => sleep(self.pace.poll).await,
                Err(failure) => return Err(reading::words(place, &failure)),
            }
        }
    }

    async fn try_rescale(
        &self,
        place: Place<'_>,
        rollout: &str,
        change: &(impl Fn(&Deployment, &CanaryScaling) -> Option<Option<u32>> + Sync),
    ) -> Result<(), Failure> {
        let object = self.get(place).await?;
        let scaling = self.scaling_of(place, &object).await?;
        if scaling.owner.is_some() {
            return Ok(());
        }
        let Some(replicas) = change(&object, &scaling) else {
            return Ok(());
        };
        let wanted = replicas.map(Wanted::Replicas);
        let operations = operations(&object, wanted.as_ref(), &[Annotation::set(ROLLOUT, rollout)]);
        let patch = self.deployments.patch(place.namespace, place.name, &operations);
        patch.await.map(drop)
    }
}

/// Who scales the Deployment, of these HorizontalPodAutoscalers.
fn owner(place: Place<'_>, autoscalers: &[Value]) -> Option<String> {
    let has = |autoscaler: &&Value| {
        let target = &autoscaler["spec"]["scaleTargetRef"];
        target["kind"] == "Deployment" && target["name"] == place.name
    };
    let name = autoscalers.iter().find(has)?["metadata"]["name"].as_str()?;
    Some(format!("HorizontalPodAutoscaler {}/{name}", place.namespace))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_autoscaler_has_the_deployment_that_it_names() {
        let of = |kind: &str, name: &str| {
            let autoscaler = json!({
                "metadata": {"name": "load"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": name}},
            });
            let place = Place {
                namespace: "shop",
                name: "checkout",
            };
            owner(place, &[autoscaler])
        };
        assert_eq!(
            of("Deployment", "checkout").as_deref(),
            Some("HorizontalPodAutoscaler shop/load")
        );
        assert_eq!(of("Deployment", "another"), None);
        assert_eq!(of("StatefulSet", "checkout"), None);
    }
}
