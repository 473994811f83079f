//! Streams of a histogram.

use serde_json::Value;
use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::hedge::Path;
use serin::engine::judge::history::History;
use serin::engine::judge::latency::{
    Ground, LaneObservation, LatencyAbortTest, LatencyCounts, LatencyHealthTest, LatencyMargin,
};

use super::agreement::{Agreement, Expected, numbers};
use super::rates::{Crossing, alpha, is_gap, is_step, pairs};

/// What a file of these kinds may configure.
pub(super) const CONFIG: &[&str] = &[
    "edges",
    "quantile",
    "max_ratio",
    "max_ms",
    "delta",
    "alpha",
    "d_slow0",
    "d_n0",
    "phi_hist",
    "nu_hist",
];

pub(super) fn abort(file: &Value, agreement: &mut Agreement) {
    let mut ground = ground(&file["config"]);
    let (mut tempered, mut robust) = (0.0, 0.0);
    // The files tell of both halves whatever the margin; a small one would leave the robust half out here.
    let margin = margin(&file["config"]);
    let mut test = LatencyAbortTest::with_path(margin, alpha(&file["config"]), Path::Hedged);
    let mut crossing = Crossing::of(file);
    for (index, interval, want) in pairs(file) {
        let mut want = agreement.interval(index, want);
        let slow = Slow::of(interval);
        let observation = slow.as_ref().and_then(|slow| {
            let observation = test.observe(&ground, &slow.counts(), slow.step);
            ground.learn(&slow.counts());
            observation
        });
        want.exactly("skipped", observation.is_none());
        if let Some(observation) = &observation {
            tempered = observation.log_w;
            lanes(&mut want, &observation.lanes);
            robust = observation.log_w_robust.expect("the path is hedged");
        }
        want.number("log_w", tempered);
        want.number("log_w_robust", robust);
        want.number("log_w_hedged", test.log_evidence());
        crossing.observe(index, tempered);
    }
    crossing.compare(file, agreement);
}

pub(super) fn health(file: &Value, agreement: &mut Agreement) {
    let mut ground = ground(&file["config"]);
    let mut test = LatencyHealthTest::new(margin(&file["config"]), alpha(&file["config"]));
    let mut crossing = Crossing::of(file);
    for (index, interval, want) in pairs(file) {
        let mut want = agreement.interval(index, want);
        let slow = Slow::of(interval);
        let observation = slow.as_ref().and_then(|slow| {
            let observation = test.observe(&ground, &slow.counts(), slow.step);
            ground.learn(&slow.counts());
            observation
        });
        want.exactly("skipped", observation.is_none());
        if let Some(observation) = &observation {
            lanes(&mut want, &observation.lanes);
        }
        want.number("log_w", test.log_evidence());
        crossing.observe(index, test.log_evidence());
    }
    crossing.compare(file, agreement);
}

fn lanes<const K: usize>(want: &mut Expected<'_>, lanes: &[Option<LaneObservation<K>>; 3]) {
    let of =
        |field: fn(&LaneObservation<K>) -> f64| -> Vec<f64> { lanes.iter().flatten().map(field).collect() };
    want.numbers("lanes", &of(|lane| lane.lane.edge as f64));
    want.numbers("rho", &of(|lane| lane.boundary.rho));
    want.numbers("phi", &of(|lane| lane.phi));
}

/// One interval's counts; none for a gap.
struct Slow {
    n_c: f64,
    n_b: f64,
    slow_c: Vec<f64>,
    slow_b: Vec<f64>,
    step: bool,
}

impl Slow {
    fn of(interval: &Value) -> Option<Self> {
        (!is_gap(interval)).then(|| Self {
            n_c: interval["n_c"].as_f64().expect("n_c"),
            n_b: interval["n_b"].as_f64().expect("n_b"),
            slow_c: numbers(&interval["slow_c"]),
            slow_b: numbers(&interval["slow_b"]),
            step: is_step(interval),
        })
    }

    fn counts(&self) -> LatencyCounts<'_> {
        LatencyCounts {
            n_c: self.n_c,
            n_b: self.n_b,
            slow_c: &self.slow_c,
            slow_b: &self.slow_b,
        }
    }
}

fn margin(config: &Value) -> LatencyMargin {
    let field = |name: &str| config[name].as_f64().unwrap_or_else(|| panic!("config.{name}"));
    LatencyMargin {
        max_ratio: field("max_ratio"),
        max_ms: field("max_ms"),
        delta: field("delta"),
    }
}

fn ground(config: &Value) -> Ground {
    let edges = numbers(&config["edges"]);
    let (phi, nu) = (numbers(&config["phi_hist"]), numbers(&config["nu_hist"]));
    let history = (0..edges.len())
        .map(|edge| {
            History::Known(Floor {
                phi: phi.get(edge).copied().unwrap_or(Floor::NONE.phi),
                nu: nu.get(edge).copied().unwrap_or(Floor::NONE.nu),
            })
        })
        .collect();
    let quantile = config["quantile"].as_f64().expect("config.quantile");
    let mut ground = Ground::new(edges, quantile, history).expect("edges");
    ground.learn_baseline(
        config["d_n0"].as_f64().expect("config.d_n0"),
        &numbers(&config["d_slow0"]),
    );
    ground
}
