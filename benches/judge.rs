//! What one look costs the judge, for each kind of metric: `cargo bench --bench judge`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::gate;
use serin::engine::judge::health_test::HealthTest;
use serin::engine::judge::hedge::HedgedTest;
use serin::engine::judge::history::History;
use serin::engine::judge::latency::{Ground, LatencyComparison, LatencyCounts, LatencyMargin};
use serin::engine::judge::proportion::{Boundary, Interval};

const ALPHA: f64 = 0.01;
const ALPHA_H: f64 = 0.05;
const BUCKETS: usize = 20;

/// The weights before which health is asked for, the last for promotion.
const NEXT_WEIGHTS: [f64; 4] = [0.25, 0.5, 1.0, 1.0];

/// One success rate: a hedged abort test and the health tests of four gates.
fn success_rate() -> (HedgedTest, [HealthTest; 4]) {
    let boundary = Boundary {
        rho: 1.5,
        delta: 0.005,
    };
    let rate = DecayedRate::default();
    let abort = HedgedTest::new(boundary, ALPHA, History::Unknown, rate).expect("the margin is wide");
    let gates = NEXT_WEIGHTS.map(|next| {
        let floor = History::Unknown.health_floor();
        HealthTest::new(gate::rate_boundary(boundary, next), ALPHA_H, floor, rate)
    });
    (abort, gates)
}

/// One histogram: a hedged abort test over lanes and the health tests of four gates, on one ground.
fn latency() -> LatencyComparison {
    let edges = (0..BUCKETS).map(|edge| 5.0 * 1.5_f64.powf(edge as f64)).collect();
    let mut ground = Ground::new(edges, 0.95, Vec::new()).expect("ascending edges");
    ground.learn_baseline(9500.0, &slow(9500.0));
    let margin = LatencyMargin::new(1.2, 0.0);
    let gates = NEXT_WEIGHTS.map(|next| gate::latency_margin(margin, next));
    LatencyComparison::new(ground, margin, ALPHA, gates, ALPHA_H).expect("the margin is wide")
}

/// A tail that falls by a third from edge to edge.
fn slow(requests: f64) -> Vec<f64> {
    (0..BUCKETS)
        .map(|edge| (requests * 0.65_f64.powf(edge as f64)).round())
        .collect()
}

fn one_update(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one_update");
    group
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));

    let look = Interval {
        n_c: 500.0,
        x_c: 1.0,
        n_b: 9500.0,
        x_b: 12.0,
    };
    group.bench_function(BenchmarkId::new("success_rate", "4 gates"), |bencher| {
        let mut tests = success_rate();
        bencher.iter(|| {
            tests.0.observe(black_box(&look), false);
            for gate in &mut tests.1 {
                gate.observe(black_box(&look), false);
            }
        });
    });

    let (slow_c, slow_b) = (slow(500.0), slow(9500.0));
    let counts = LatencyCounts {
        n_c: 500.0,
        n_b: 9500.0,
        slow_c: &slow_c,
        slow_b: &slow_b,
    };
    group.bench_function(BenchmarkId::new("latency_20_buckets", "4 gates"), |bencher| {
        let mut tests = latency();
        bencher.iter(|| tests.observe(black_box(&counts), false));
    });

    group.bench_function(BenchmarkId::new("both", "4 gates"), |bencher| {
        let mut tests = (success_rate(), latency());
        bencher.iter(|| {
            tests.0.0.observe(black_box(&look), false);
            for gate in &mut tests.0.1 {
                gate.observe(black_box(&look), false);
            }
            tests.1.observe(black_box(&counts), false)
        });
    });
    group.finish();
}

criterion_group!(benches, one_update);
criterion_main!(benches);
