//! A Canary whose pods a real Prometheus scrapes every second, and whoever polls it.

use std::sync::Arc;
use std::time::Duration;

use serin::clock::SystemClock;
use serin::driver::ports::{Clock, MetricSource};
use serin::engine::judge::counting::Counting;
use serin::engine::judge::counts::{ArmCounts, Counts};
use serin::engine::{Arm, Look, PerArm};
use serin::metric_source::PrometheusSource;
use serin::metric_source::prometheus::{Client, DataSourceSettings, DataSourceStats};
use serin::spec::CheckedCanary;

use crate::world::canary::canary_document;
use crate::world::pod::Pod;
use crate::world::prometheus::Prometheus;
use crate::world::target::Target;

/// What the pods' target is labelled with, beside `pod`.
pub(super) const CANARY: &str = "checkout-canary";
/// As [`CANARY`], for the other arm.
pub(super) const STABLE: &str = "checkout-stable";

/// The Canary of these tests: one template, looked at every second.
pub(super) fn canary() -> CheckedCanary {
    canary_document(&format!(
        r#"
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {{name: checkout, namespace: shop}}
spec:
  workloads:
    stable: {{name: {STABLE}, endpoints: ["http://stable.test"]}}
    canary: {{name: {CANARY}, endpoints: ["http://canary.test"]}}
  traffic: {{file: {{path: r.yaml, virtualService: checkout, stable: {{subset: stable}}, canary: {{subset: canary}}}}}}
  analysis: {{interval: 1s, metrics: [{{template: by-app}}]}}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {{name: by-app}}
spec:
  successRate:
    requests: {{metric: http_requests_total}}
    errors: {{match: {{code: "5.."}}}}
  arm: {{app: "${{workload}}"}}
"#
    ))
}

/// A pod's target in the arm `app`.
pub(super) fn target(pod: &Pod, app: &str) -> Target {
    pod.target().label("app", app)
}

/// The source that the daemon would ask.
pub(super) fn source(prometheus: &Prometheus) -> PrometheusSource {
    let settings = DataSourceSettings::new(prometheus.url().parse().unwrap());
    let client = Client::new("default", settings, Arc::new(DataSourceStats::default()));
    PrometheusSource::new([Arc::new(client)])
}

/// Polls, counts, and adds up.
pub(super) struct Poller {
    source: PrometheusSource,
    canary: CheckedCanary,
    clock: SystemClock,
    counting: Counting,
    /// Each poll with what it counted, oldest first.
    pub(super) polls: Vec<(Look, Counts)>,
}

impl Poller {
    pub(super) fn new(prometheus: &Prometheus) -> Self {
        Self {
            source: source(prometheus),
            canary: canary(),
            clock: SystemClock::start(),
            counting: Counting::default(),
            polls: Vec::new(),
        }
    }

    /// One poll.
    pub(super) async fn poll(&mut self) -> &Counts {
        let look = self.source.look(&self.canary, self.clock.now()).await;
        let counts = self.counting.take(look.clone());
        self.polls.push((look, counts));
        &self.polls.last().unwrap().1
    }

    /// A poll each second until one has what `holds` asks for.
    pub(super) async fn until(&mut self, what: &str, holds: impl Fn(&Look, &Counts) -> bool) {
        for _ in 0..120 {
            self.poll().await;
            let (look, counts) = self.polls.last().unwrap();
            if holds(look, counts) {
                return;
            }
            let next = self.clock.now().next_multiple_of(Duration::from_secs(1));
            self.clock.sleep_until(next).await;
        }
        panic!("never {what}; the last poll: {:?}", self.polls.last());
    }

    /// A poll each second, so many times.
    pub(super) async fn times(&mut self, polls: usize) {
        for _ in 0..polls {
            self.poll().await;
            let next = self.clock.now().next_multiple_of(Duration::from_secs(1));
            self.clock.sleep_until(next).await;
        }
    }

    /// Requests and errors of each arm, all polls together.
    pub(super) fn counted(&self) -> PerArm<(u64, u64)> {
        let sum = |arm: Arm| {
            let arms = self
                .polls
                .iter()
                .filter_map(|(_, counts)| Some(counts.metrics.first()?.arms.get(arm)));
            arms.fold((0, 0), |(requests, errors), arm: &ArmCounts| {
                let bad = arm.bad.first().copied().unwrap_or_default();
                (requests + arm.requests as u64, errors + bad as u64)
            })
        };
        PerArm {
            canary: sum(Arm::Canary),
            baseline: sum(Arm::Baseline),
        }
    }
}
