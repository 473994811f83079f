//! What one look costs the engine, with many rollouts held in memory: `cargo bench --bench engine`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serin::engine::judge::counts::{ArmCounts, Counts, MetricCounts};
use serin::engine::{
    Action, Command, Effect, Event, MetricPast, PerArm, Rollout, TrafficState, Trail, WorkloadState,
};
use serin::spec::{Timestamp, check};

const INTERVAL: Duration = Duration::from_secs(10);

/// A success rate and a latency, and gates before 25, 50 and 100 %.
const CANARY: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: shop}
spec:
  workloads: {stable: {endpoints: ["http://stable.test"]}, canary: {endpoints: ["http://canary.test"]}}
  traffic: {file: {path: routes.yaml, virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}
  steps: [{weight: 5}, {weight: 25}, {weight: 50}, {weight: 100}]
  analysis:
    interval: 10s
    warmup: 0s
    metrics:
    - {template: success-rate, margin: {relative: 50%, absolute: 0.5%}}
    - {template: latency, margin: {relative: 20%}}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec: {successRate: {requests: {metric: http_requests_total}, errors: {match: {code: "5.."}}}}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec: {latency: {histogram: http_request_duration_seconds, unit: s}}
"#;

const EDGES_MS: [f64; 13] = [
    5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 125.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2500.0,
];

/// Shares of requests that are slower than each edge: log-normal around 40 ms with sigma 0.35, about.
const SLOWER: [f64; 13] = [
    1.0, 1.0, 0.91, 0.262, 0.036, 0.0044, 0.0006, 0.0001, 0.0, 0.0, 0.0, 0.0, 0.0,
];

/// A look of 3,000 requests, shared out by a weight (percent).
fn look(weight: u8, taken_at: Timestamp) -> Counts {
    let share = f64::from(weight) / 100.0;
    let arms = |bad: &dyn Fn(f64) -> Vec<f64>| {
        let arm = |requests: f64| ArmCounts {
            requests,
            bad: bad(requests),
            ..ArmCounts::default()
        };
        PerArm {
            canary: arm(3000.0 * share),
            baseline: arm(3000.0 * (1.0 - share)),
        }
    };
    Counts {
        taken_at,
        source_down: None,
        metrics: vec![
            MetricCounts {
                edges_ms: Vec::new(),
                arms: arms(&|requests| vec![(requests * 0.001).round()]),
                value: None,
            },
            MetricCounts {
                edges_ms: EDGES_MS.to_vec(),
                arms: arms(&|requests| SLOWER.map(|slower| (requests * slower).round()).to_vec()),
                value: None,
            },
        ],
    }
}

/// A rollout that was led to 25 % and paused there, and the time.
fn at_25_percent() -> (Rollout, Timestamp) {
    let canary = check([("canary.yaml", CANARY)])
        .expect("the document above is a good one")
        .remove(0);
    let mut now = Timestamp(1_700_000_000_000);
    let (mut rollout, mut effects) = Rollout::start("shop-1".into(), canary, "v2".into(), now);
    let (mut weight, mut epoch) = (0, 0);
    while weight < 25 {
        for effect in std::mem::take(&mut effects) {
            let event = match effect {
                Effect::Raise(raise) => written(&mut weight, &mut epoch, raise.to),
                Effect::Lower(lower) => written(&mut weight, &mut epoch, lower.to),
                Effect::ReadHistory => Event::History(vec![MetricPast::Unknown("none".into()); 2]),
                _ => continue,
            };
            rollout.handle(event, now);
        }
        now = now + INTERVAL;
        rollout.handle(Event::Wake, now);
        rollout.handle(Event::Workload(ready()), now);
        effects = rollout.handle(Event::Look(look(weight, now)), now);
    }
    rollout.handle(Event::Command(pause()), now);
    (rollout, now)
}

fn written(weight: &mut u8, epoch: &mut u64, to: u8) -> Event {
    (*weight, *epoch) = (to, *epoch + 1);
    Event::Wrote(TrafficState {
        canary_weight: to,
        epoch: *epoch,
        rollout: Some("shop-1".into()),
        aborted: None,
        other_routes_reach_canary: false,
        version: epoch.to_string(),
    })
}

fn ready() -> WorkloadState {
    WorkloadState {
        stable_replicas: 10,
        canary_ready: 10,
        ..WorkloadState::default()
    }
}

fn pause() -> Command {
    Command {
        action: Action::Pause,
        by: "bench".into(),
        reason: String::new(),
        trail: Trail::default(),
    }
}

fn one_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one_step");
    group
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    let (rollout, began_at) = at_25_percent();
    for held in [1000, 10_000] {
        let mut rollouts = vec![rollout.clone(); held];
        let mut steps = 0;
        group.bench_function(BenchmarkId::new("rollouts_held", held), |bencher| {
            bencher.iter_batched(
                || {
                    // Each in its turn, so that none is still in the cache from its last.
                    steps += 1;
                    let now = began_at + INTERVAL * (steps / held + 1) as u32;
                    (steps % held, Event::Look(look(25, now)), now)
                },
                |(turn, event, now)| black_box(rollouts[turn].handle(event, now)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, one_step);
criterion_main!(benches);
