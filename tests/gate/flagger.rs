//! A Flagger that behaves: the order of its webhooks, what passes, its failed checks and its schedule, as its 1.44 has them.
//!
//! It moves the weight of the route itself, a step a tick, and promotes or rolls back by the answers alone: it has no metrics of its own.

use std::time::Duration;

use serde_json::json;

use super::mesh::Mesh;

/// Time between two ticks, `analysis.interval`.
pub(super) const INTERVAL: Duration = Duration::from_secs(30);

/// Failed checks of a run before it is rolled back, `analysis.threshold`.
pub(super) const THRESHOLD: u32 = 5;

/// What it gives the canary a tick, `analysis.stepWeight`, and at the most, `analysis.maxWeight`.
const STEP_WEIGHT: u8 = 10;
const MAX_WEIGHT: u8 = 50;

/// Ticks of a run before a test gives up on it: four hours.
const TICKS_MAX: usize = 480;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Initialized,
    Waiting,
    Progressing,
    WaitingPromotion,
    Promoting,
    Finalising,
    Succeeded,
    Failed,
}

/// One of Flagger's Canaries, `shop/checkout`.
pub(super) struct Flagger {
    pub(super) phase: Phase,
    pub(super) failed_checks: u32,
    pub(super) weight: u8,
    /// The weights that it gave, in order.
    pub(super) weights: Vec<u8>,
    /// The webhooks that it called, each with whether it passed.
    pub(super) calls: Vec<(&'static str, bool)>,
    /// Headers of every request.
    pub(super) headers: Vec<(&'static str, String)>,
    /// What its user wrote at every webhook.
    pub(super) metadata: serde_json::Value,
    /// Each webhook is sent so often, as a client that got no answer would.
    pub(super) copies: usize,
    revision: Option<String>,
    applied: Option<String>,
    /// Nobody was asked about the revision yet.
    is_new: bool,
}

impl Flagger {
    /// At rest: all traffic on the primary.
    pub(super) fn at(mesh: &impl Mesh) -> Self {
        mesh.set_weight(0);
        Self {
            phase: Phase::Initialized,
            failed_checks: 0,
            weight: 0,
            weights: Vec::new(),
            calls: Vec::new(),
            headers: Vec::new(),
            metadata: json!({}),
            copies: 1,
            revision: None,
            applied: None,
            is_new: false,
        }
    }

    /// Somebody changes the target's pod template.
    pub(super) fn new_revision(&mut self, checksum: &str) {
        self.revision = Some(checksum.to_owned());
    }

    /// Ticks until the run has ended, and says how.
    pub(super) async fn run(&mut self, mesh: &impl Mesh) -> Phase {
        self.until(mesh, |flagger| {
            matches!(flagger.phase, Phase::Succeeded | Phase::Failed)
        })
        .await;
        self.phase
    }

    /// Ticks until it is like that.
    pub(super) async fn until(&mut self, mesh: &impl Mesh, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..TICKS_MAX {
            self.tick(mesh).await;
            if is_so(self) {
                return;
            }
            mesh.pass(INTERVAL).await;
        }
        panic!("still {:?} at {} %: {:?}", self.phase, self.weight, self.calls);
    }

    /// One tick.
    pub(super) async fn tick(&mut self, mesh: &impl Mesh) {
        if self.revision != self.applied {
            if matches!(self.phase, Phase::Progressing | Phase::WaitingPromotion) {
                self.route(mesh, 0);
                self.phase = Phase::Waiting;
            }
            self.applied = self.revision.clone();
            (self.is_new, self.failed_checks) = (true, 0);
        }
        match self.phase {
            Phase::Initialized | Phase::Succeeded | Phase::Failed if !self.is_new => {}
            Phase::Initialized | Phase::Succeeded | Phase::Failed | Phase::Waiting => {
                self.is_new = false;
                if self.passes(mesh, "confirm-rollout").await {
                    self.phase = Phase::Progressing;
                    self.event(mesh, "New revision detected! Scaling up checkout.shop")
                        .await;
                } else if self.phase != Phase::Waiting {
                    // It says so with the phase in which the revision before ended.
                    self.event(mesh, "Halt checkout.shop advancement waiting for approval gate")
                        .await;
                    self.phase = Phase::Waiting;
                }
            }
            Phase::Progressing | Phase::WaitingPromotion => self.advance(mesh).await,
            Phase::Promoting => {
                self.route(mesh, 0);
                self.phase = Phase::Finalising;
            }
            Phase::Finalising => {
                self.phase = Phase::Succeeded;
                self.passes(mesh, "post-rollout").await;
                self.event(mesh, "Promotion completed! Scaling down checkout.shop")
                    .await;
            }
        }
    }

    async fn advance(&mut self, mesh: &impl Mesh) {
        if self.passes(mesh, "rollback").await || self.failed_checks >= THRESHOLD {
            self.route(mesh, 0);
            self.phase = Phase::Failed;
            self.event(mesh, "Canary failed! Scaling down checkout.shop")
                .await;
            self.passes(mesh, "post-rollout").await;
            return;
        }
        let check = if self.weight == 0 {
            "pre-rollout"
        } else {
            "rollout"
        };
        if !self.passes(mesh, check).await {
            self.failed_checks += 1;
            return;
        }
        if self.phase == Phase::Progressing && !self.passes(mesh, "confirm-traffic-increase").await {
            return;
        }
        if self.weight < MAX_WEIGHT {
            let weight = self.weight + STEP_WEIGHT;
            self.route(mesh, weight);
            self.event(mesh, &format!("Advance checkout.shop canary weight {weight}"))
                .await;
        } else if self.passes(mesh, "confirm-promotion").await {
            self.phase = Phase::Promoting;
        } else {
            self.phase = Phase::WaitingPromotion;
        }
    }

    fn route(&mut self, mesh: &impl Mesh, weight: u8) {
        self.weight = weight;
        self.weights.push(weight);
        mesh.set_weight(weight);
    }

    async fn event(&mut self, mesh: &impl Mesh, message: &str) {
        let metadata = json!({"eventMessage": message, "eventType": "Normal", "timestamp": "1700000000000"});
        self.call(mesh, "event", &metadata).await;
    }

    async fn passes(&mut self, mesh: &impl Mesh, hook: &'static str) -> bool {
        let metadata = self.metadata.clone();
        self.call(mesh, hook, &metadata).await
    }

    /// Calls a webhook; it passes by its status alone.
    async fn call(&mut self, mesh: &impl Mesh, hook: &'static str, metadata: &serde_json::Value) -> bool {
        // Flagger says so to these whatever it is.
        let phase = match hook {
            "pre-rollout" | "rollout" | "confirm-traffic-increase" | "confirm-promotion" => {
                Phase::Progressing
            }
            _ => self.phase,
        };
        let body = json!({
            "name": "checkout",
            "namespace": "shop",
            "phase": format!("{phase:?}"),
            "checksum": self.applied,
            "metadata": metadata,
        });
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let path = format!("/webhooks/flagger/{hook}");
        let mut passes = false;
        for _ in 0..self.copies {
            let begun = mesh.now();
            let status = mesh.post(&path, &headers, body.to_string()).await;
            let took = mesh.now().since(begun);
            assert!(took < Duration::from_secs(10), "{hook} took {took:?}");
            assert_ne!(status, 204);
            passes = (200..=202).contains(&status);
        }
        self.calls.push((hook, passes));
        passes
    }

    /// Whether this webhook ever passed.
    pub(super) fn ever_passed(&self, hook: &str) -> bool {
        self.calls
            .iter()
            .any(|(called, passed)| *called == hook && *passed)
    }

    /// Whether this webhook ever did not pass.
    pub(super) fn ever_refused(&self, hook: &str) -> bool {
        self.calls
            .iter()
            .any(|(called, passed)| *called == hook && !*passed)
    }
}
