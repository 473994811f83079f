//! One of Flagger's Canaries, with people who call.

use std::num::NonZeroU32;

use serde_json::Value;

use super::world::{NAMESPACE, World};
use crate::control_plane::rollouts::readme;
use crate::world::cluster::{Callers, History};
use crate::world::envoy::Service;
use crate::world::patience::until;

const MANIFESTS: &str = include_str!("app.yaml");

/// Calls a second: three times as many cost a core's half, and a quarter of them prove a canary within two of Flagger's ticks.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(80).unwrap();

/// What every webhook says of the judgement: looks each second, since Flagger's steps are short here.
const METADATA: &str = r#"{steps: "[{weight: 25}, {weight: 50}]", analysis: "{interval: 1s, warmup: 1s, metrics: [{template: istio-success-rate, margin: {relative: 50%, absolute: 2%}}, {template: istio-latency, margin: {relative: 100%}}]}"}"#;

/// The Canary, its Deployment and its callers.
pub(super) struct App<'a> {
    world: &'a World,
    pub(super) name: &'static str,
    pub(super) callers: Callers,
    history: History,
}

impl<'a> App<'a> {
    /// With the README's webhooks but `without` these types; Flagger has made its primary, which is called.
    pub(super) async fn deploy(
        world: &'a World,
        name: &'static str,
        threshold: u32,
        without: &[&str],
    ) -> Self {
        let manifests = MANIFESTS
            .replace("NAMESPACE", NAMESPACE)
            .replace("NAME", name)
            .replace("THRESHOLD", &threshold.to_string());
        let webhooks = readme::flaggers_webhooks(&world.gate(), METADATA, without);
        world
            .cluster
            .kubectl_in(&["apply", "--filename", "-"], &format!("{manifests}{webhooks}"));
        let service = Service {
            name,
            namespace: NAMESPACE,
        };
        until(&format!("{name} initialized"), async || {
            (phase(world, name).await == "Initialized").then_some(())
        })
        .await;
        let primary = format!("outbound|80||{name}-primary.{NAMESPACE}.svc.cluster.local");
        world.cluster.mesh().envoy().until_endpoints(&primary, 2).await;
        let virtual_service =
            format!("/apis/networking.istio.io/v1/namespaces/{NAMESPACE}/virtualservices/{name}");
        Self {
            world,
            name,
            history: History::of(&world.cluster, &virtual_service),
            callers: Callers::call(world.cluster.mesh(), &service, PER_SECOND),
        }
    }

    /// Gives the Deployment another image, and waits until Flagger gives that its first traffic.
    pub(super) async fn release(&self, image: &str) {
        let (deployment, image) = (format!("deployment/{}", self.name), format!("checkout={image}"));
        self.world
            .cluster
            .kubectl(&["--namespace", NAMESPACE, "set", "image", &deployment, &image]);
        self.until_given(1).await;
    }

    /// Waits until the canary has so much weight.
    pub(super) async fn until_given(&self, wanted: u64) {
        until(
            &format!("{} has {wanted} % of the traffic", self.name),
            async || {
                self.weights()
                    .last()
                    .is_some_and(|weight| *weight >= wanted)
                    .then_some(())
            },
        )
        .await;
    }

    /// Waits until Flagger's run has ended, and says how.
    pub(super) async fn until_ended(&self) -> String {
        until(&format!("{} ended", self.name), async || {
            let phase = phase(self.world, self.name).await;
            ["Succeeded", "Failed"].contains(&&*phase).then_some(phase)
        })
        .await
    }

    /// The canary's weights so far, each different from the one before.
    pub(super) fn weights(&self) -> Vec<u64> {
        let versions = self.history.versions();
        let weights = versions
            .iter()
            .filter_map(|version| version.object["spec"]["http"][0]["route"][1]["weight"].as_u64());
        let mut weights: Vec<u64> = weights.collect();
        weights.dedup();
        weights
    }

    /// How Serin's newest judgement of it ended.
    pub(super) async fn judged(&self) -> Value {
        let path = format!("/api/v1/rollouts?namespace={NAMESPACE}");
        until(&format!("the judgement of {} ended", self.name), async || {
            let rollouts = self.world.daemon.get(&path).await;
            let mut rollouts = rollouts["items"].as_array()?.iter();
            let newest = rollouts.find(|rollout| rollout["name"] == self.name)?;
            newest["outcome"].is_string().then(|| newest.clone())
        })
        .await
    }

    /// What Flagger's Events say of it.
    pub(super) async fn events(&self) -> Vec<String> {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/events?fieldSelector=involvedObject.kind=Canary");
        let events = self.world.cluster.api.get(&path).await;
        let events = events["items"].as_array().into_iter().flatten();
        events
            .filter(|event| event["involvedObject"]["name"] == self.name)
            .filter_map(|event| event["message"].as_str().map(str::to_owned))
            .collect()
    }
}

/// Where Flagger says it stands; empty before it has said anything.
async fn phase(world: &World, name: &str) -> String {
    let path = format!("/apis/flagger.app/v1beta1/namespaces/{NAMESPACE}/canaries/{name}");
    let canary = world.cluster.api.get(&path).await;
    canary["status"]["phase"].as_str().unwrap_or_default().to_owned()
}
