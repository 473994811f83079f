//! A restart goes on with the same evidence, bit for bit.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::health_test::HealthTest;
use serin::engine::judge::hedge::HedgedTest;
use serin::engine::judge::history::History;
use serin::engine::judge::latency::{Ground, LatencyComparison, LatencyCounts, LatencyMargin};
use serin::engine::judge::proportion::{Boundary, Interval};
use serin::engine::judge::threshold::ThresholdTest;

use super::traffic::Traffic;

const EDGES_MS: [f64; 6] = [25.0, 50.0, 75.0, 100.0, 200.0, 500.0];
const BOUNDARY: Boundary = Boundary {
    rho: 1.25,
    delta: 0.0005,
};

/// Everything that a rollout with one success rate and one latency remembers.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
struct Tests {
    abort: HedgedTest,
    gate: HealthTest,
    threshold: ThresholdTest,
    latency: LatencyComparison,
}

impl Tests {
    fn new() -> Self {
        let ground = Ground::new(EDGES_MS.to_vec(), 0.95, vec![History::Known(Floor::NONE)]).unwrap();
        let margin = LatencyMargin::new(1.2, 0.0);
        Self {
            abort: HedgedTest::new(BOUNDARY, 0.01, History::Unknown, DecayedRate::default()).unwrap(),
            gate: HealthTest::new(BOUNDARY, 0.05, Floor::NONE, DecayedRate::default()),
            threshold: ThresholdTest::new(0.05, false, 0.01, History::Unknown),
            latency: LatencyComparison::new(ground, margin, 0.01, [margin], 0.05).unwrap(),
        }
    }

    fn observe(&mut self, traffic: &mut Traffic, step: bool) {
        let rate = traffic.look((100.0, 0.03), (900.0, 0.02));
        self.abort.observe(&rate, step);
        self.gate.observe(&rate, step);
        self.threshold.observe(&rate, step);
        let slow_c = traffic.slower(100.0, &EDGES_MS, 40.0, 0.35);
        let slow_b = traffic.slower(900.0, &EDGES_MS, 40.0, 0.35);
        let counts = LatencyCounts {
            n_c: 100.0,
            n_b: 900.0,
            slow_c: &slow_c,
            slow_b: &slow_b,
        };
        self.latency.observe(&counts, step);
    }
}

fn written_and_read<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn a_restart_after_any_look_changes_no_bit_of_what_follows() {
    let mut traffic = Traffic::seeded(1);
    let mut replayed = Traffic::seeded(1);
    let (mut kept, mut restarted) = (Tests::new(), Tests::new());
    for look in 0..100 {
        kept.observe(&mut traffic, look % 10 == 0);
        restarted = written_and_read(&restarted);
        restarted.observe(&mut replayed, look % 10 == 0);
        // As text: equal texts have equal bits, where `==` would take −0 for 0.
        assert_eq!(
            serde_json::to_string(&kept).unwrap(),
            serde_json::to_string(&restarted).unwrap()
        );
    }
}

#[test]
fn a_dead_expert_survives_being_written() {
    let mut gate = HealthTest::new(BOUNDARY, 0.05, Floor::NONE, DecayedRate::default());
    gate.observe(
        &Interval {
            n_c: 100.0,
            x_c: 1.0,
            n_b: 900.0,
            x_b: 1.0,
        },
        false,
    );
    assert!(serde_json::to_string(&gate).unwrap().contains("\"-inf\""));
    assert_eq!(written_and_read(&gate), gate);
}

#[test]
fn what_is_remembered_does_not_grow_with_age() {
    let mut traffic = Traffic::seeded(2);
    let mut tests = Tests::new();
    for look in 0..2000 {
        tests.observe(&mut traffic, look % 100 == 0);
    }
    let bytes_of = |text: serde_json::Result<String>| text.unwrap().len();
    assert!(bytes_of(serde_json::to_string(&tests.abort)) < 2048);
    assert!(bytes_of(serde_json::to_string(&tests.gate)) < 1024);
    assert!(bytes_of(serde_json::to_string(&tests.latency)) < 8192);
}
