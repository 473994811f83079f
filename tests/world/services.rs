//! The two versions of the service, as their metrics show them: counters that grow with simulated time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::ports::{Clock, MetricSource};
use serin::engine::{
    Arm, ArmReading, CounterReading, CounterSum, Look, MetricReading, PerArm, PodReading, SourceDown,
};
use serin::spec::{CheckedCanary, Question, Timestamp};

use super::route::FakeRoute;

/// Upper edges of the latency histogram, in milliseconds.
const EDGES_MS: [f64; 7] = [10.0, 25.0, 50.0, 75.0, 100.0, 200.0, 500.0];

/// Latencies are log-normal with this median...
const MEDIAN_MS: f64 = 40.0;

/// ...and this spread.
const SIGMA: f64 = 0.35;

/// What the query of every value gives.
const NUMBER: f64 = 100.0;

/// How the metrics can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// As they are.
    Up,
    /// As they were when they stopped moving.
    Stale,
    /// Not at all.
    Down,
    /// No answer ever.
    Hangs,
    /// As they are, after three seconds.
    Slow,
    /// All but this arm's.
    Without(Arm),
    /// The source has a fault of its own.
    Panics,
}

/// Both arms behind the route: each has the share of the requests that the route gave it at the time.
#[derive(Clone)]
pub(crate) struct FakeServices {
    clock: Arc<dyn Clock>,
    route: FakeRoute,
    state: Arc<Mutex<State>>,
}

struct State {
    source: Source,
    requests_per_second: f64,
    grown_until: Timestamp,
    arms: PerArm<Service>,
}

#[derive(Clone, Copy)]
struct Service {
    /// Share of requests that fail.
    errors: f64,
    /// Factor on every latency.
    slowness: f64,
    requests: f64,
    failed: f64,
    faster: [f64; EDGES_MS.len()],
    /// When it was scraped last while it moved.
    sampled_at: Timestamp,
}

impl FakeServices {
    /// Two healthy versions: 500 requests a second, one in a thousand fails.
    pub(crate) fn new(clock: Arc<dyn Clock>, route: FakeRoute) -> Self {
        let now = clock.now();
        let service = Service {
            errors: 0.001,
            slowness: 1.0,
            requests: 0.0,
            failed: 0.0,
            faster: [0.0; EDGES_MS.len()],
            sampled_at: now,
        };
        let state = State {
            source: Source::Up,
            requests_per_second: 500.0,
            grown_until: now,
            arms: PerArm {
                canary: service,
                baseline: service,
            },
        };
        Self {
            clock,
            route,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// From now on this share of an arm's requests fails.
    pub(crate) fn fail(&self, arm: Arm, errors: f64) {
        self.grown().arms.get_mut(arm).errors = errors;
    }

    /// From now on an arm's latencies are longer by this factor.
    pub(crate) fn slow_down(&self, arm: Arm, slowness: f64) {
        self.grown().arms.get_mut(arm).slowness = slowness;
    }

    /// From now on this many requests come, on both arms together.
    pub(crate) fn requests_per_second(&self, requests: f64) {
        self.grown().requests_per_second = requests;
    }

    /// From now on the metrics can be had like this.
    pub(crate) fn source(&self, source: Source) {
        self.grown().source = source;
    }

    /// The counters as they are now.
    fn grown(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap();
        let now = self.clock.now();
        let commits = self.route.commits();
        for (index, commit) in commits.iter().enumerate() {
            let from = commit.at.max(state.grown_until);
            let to = commits.get(index + 1).map_or(now, |next| next.at);
            let requests = state.requests_per_second * to.since(from).as_secs_f64();
            let share = f64::from(commit.state.canary_weight) / 100.0;
            state.arms.canary.serve(requests * share);
            state.arms.baseline.serve(requests * (1.0 - share));
        }
        state.grown_until = now;
        state
    }
}

impl Service {
    fn serve(&mut self, requests: f64) {
        self.requests += requests;
        self.failed += requests * self.errors;
        for (faster, edge) in self.faster.iter_mut().zip(EDGES_MS) {
            *faster += requests * share_below(edge / self.slowness);
        }
    }

    fn read(&self, question: &Question) -> ArmReading {
        // Counters are whole numbers.
        let sum = |value: f64| CounterSum {
            value: value.floor(),
            series: 1,
        };
        let parts = match question {
            Question::SuccessRate { .. } => vec![sum(self.failed)],
            Question::Latency { .. } => self.faster.map(sum).to_vec(),
            Question::Value { .. } => unreachable!("these services answer no query"),
        };
        let pod = PodReading {
            started_at: None,
            sampled_at: self.sampled_at,
            requests: sum(self.requests),
            parts,
        };
        ArmReading {
            pods: BTreeMap::from([("pod".into(), pod)]),
            missing: BTreeMap::new(),
        }
    }
}

/// The share of latencies below `ms`.
fn share_below(ms: f64) -> f64 {
    let z = libm::log(ms / MEDIAN_MS) / SIGMA;
    0.5 * (1.0 + libm::erf(z / std::f64::consts::SQRT_2))
}

#[async_trait]
impl MetricSource for FakeServices {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        if self.grown().source == Source::Slow {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        let (source, arms) = {
            let mut state = self.grown();
            if state.source != Source::Stale {
                state.arms.canary.sampled_at = now;
                state.arms.baseline.sampled_at = now;
            }
            (state.source, state.arms)
        };
        let read = |arm: Arm, question: &Question| match source {
            Source::Without(silent) if silent == arm => ArmReading {
                pods: BTreeMap::new(),
                missing: BTreeMap::from([("pod".into(), "connection refused".into())]),
            },
            _ => arms.get(arm).read(question),
        };
        let number = |arm: Arm| match source {
            Source::Without(silent) if silent == arm => Err("no series".to_owned()),
            _ => Ok(NUMBER),
        };
        let readings = match source {
            Source::Hangs => std::future::pending().await,
            Source::Panics => panic!("the source met something that it cannot digest"),
            Source::Down => Err(SourceDown {
                reason: "connection refused".into(),
            }),
            Source::Up | Source::Slow | Source::Stale | Source::Without(_) => Ok(canary
                .analysis
                .metrics
                .iter()
                .map(|metric| match metric.question {
                    Question::Value { .. } => MetricReading::Value(PerArm {
                        canary: number(Arm::Canary),
                        baseline: number(Arm::Baseline),
                    }),
                    _ => MetricReading::Counters(CounterReading {
                        edges_ms: match metric.question {
                            Question::Latency { .. } => EDGES_MS.to_vec(),
                            _ => Vec::new(),
                        },
                        arms: PerArm {
                            canary: read(Arm::Canary, &metric.question),
                            baseline: read(Arm::Baseline, &metric.question),
                        },
                        read_at: now,
                    }),
                })
                .collect()),
        };
        Look {
            taken_at: now,
            readings,
        }
    }
}
