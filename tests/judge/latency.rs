//! Latency tests on histograms of log-normal traffic. Seeded.

use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::history::History;
use serin::engine::judge::latency::{Ground, LatencyComparison, LatencyCounts, LatencyMargin};

use super::traffic::Traffic;

const EDGES_MS: [f64; 13] = [
    5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 125.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2500.0,
];
const MEDIAN_MS: f64 = 40.0;
const SIGMA: f64 = 0.35;

fn comparison(history: History) -> LatencyComparison {
    let ground = Ground::new(EDGES_MS.to_vec(), 0.95, vec![history; EDGES_MS.len()]).unwrap();
    let margin = LatencyMargin::new(1.2, 0.0);
    LatencyComparison::new(ground, margin, 0.01, [margin], 0.05).unwrap()
}

/// A comparison that has seen the baseline for a while.
fn seasoned(history: History, traffic: &mut Traffic) -> LatencyComparison {
    let mut comparison = comparison(history);
    for _ in 0..20 {
        look(&mut comparison, traffic, (0.0, 1.0), (1000.0, 1.0));
    }
    comparison
}

/// One look, of `n` requests an arm that are `factor` times as slow as usual.
fn look(
    comparison: &mut LatencyComparison,
    traffic: &mut Traffic,
    (n_c, factor_c): (f64, f64),
    (n_b, factor_b): (f64, f64),
) {
    let slow_c = traffic.slower(n_c, &EDGES_MS, factor_c * MEDIAN_MS, SIGMA);
    let slow_b = traffic.slower(n_b, &EDGES_MS, factor_b * MEDIAN_MS, SIGMA);
    let counts = LatencyCounts {
        n_c,
        n_b,
        slow_c: &slow_c,
        slow_b: &slow_b,
    };
    comparison.observe(&counts, false);
}

fn is_aborted(comparison: &LatencyComparison) -> bool {
    comparison.abort().log_evidence() >= 100.0_f64.ln()
}

#[test]
fn a_canary_half_as_slow_again_is_aborted_without_history() {
    for seed in 0..20 {
        let mut traffic = Traffic::seeded(seed);
        let mut comparison = seasoned(History::Unknown, &mut traffic);
        let aborted = (0..60).any(|_| {
            look(&mut comparison, &mut traffic, (50.0, 1.5), (950.0, 1.0));
            is_aborted(&comparison)
        });
        assert!(aborted, "seed {seed}");
        assert!(!comparison.gates()[0].is_proven(), "seed {seed}");
    }
}

#[test]
fn an_equal_canary_is_proven_healthy_and_not_aborted() {
    for seed in 0..20 {
        let mut traffic = Traffic::seeded(seed);
        let mut comparison = seasoned(History::Unknown, &mut traffic);
        let proven = (0..60).any(|_| {
            look(&mut comparison, &mut traffic, (200.0, 1.0), (800.0, 1.0));
            comparison.gates()[0].is_proven()
        });
        assert!(proven && !is_aborted(&comparison), "seed {seed}");
    }
}

/// In how many of 500 rollouts of 60 looks the canary was aborted, and proven healthy, if it is `factor`
/// times as slow as the baseline and both are `incident(look)` times as slow as usual.
fn wrong_decisions(factor: f64, incident: impl Fn(u32) -> f64) -> (u32, u32) {
    let (mut aborted, mut proven) = (0, 0);
    for seed in 0..500 {
        let mut traffic = Traffic::seeded(seed);
        let mut comparison = seasoned(History::Known(Floor::NONE), &mut traffic);
        let (mut was_aborted, mut was_proven) = (false, false);
        for poll in 0..60 {
            let slowed = incident(poll);
            look(
                &mut comparison,
                &mut traffic,
                (100.0, factor * slowed),
                (900.0, slowed),
            );
            was_aborted |= is_aborted(&comparison);
            was_proven |= comparison.gates()[0].is_proven();
        }
        aborted += u32::from(was_aborted);
        proven += u32::from(was_proven);
    }
    (aborted, proven)
}

#[test]
fn an_incident_that_makes_both_arms_slow_aborts_at_most_at_the_promised_rate() {
    let (aborted, _) = wrong_decisions(1.0, |poll| if (20..30).contains(&poll) { 3.0 } else { 1.0 });
    // Promised are 5 of 500; one standard error is 2.2.
    assert!(aborted <= 5 + 4, "{aborted}");
}

#[test]
fn a_canary_as_slow_as_allowed_is_neither_aborted_nor_proven_beyond_the_promised_rates() {
    let (aborted, proven) = wrong_decisions(1.2, |_| 1.0);
    // Promised are 5 and 25 of 500; the standard errors are 2.2 and 4.9.
    assert!(aborted <= 5 + 4, "{aborted}");
    assert!(proven <= 25 + 10, "{proven}");
}

#[test]
fn a_look_without_canary_requests_teaches_the_ground_alone() {
    let mut traffic = Traffic::seeded(7);
    let mut comparison = seasoned(History::Unknown, &mut traffic);
    look(&mut comparison, &mut traffic, (100.0, 1.0), (900.0, 1.0));
    let before = comparison.clone();
    look(&mut comparison, &mut traffic, (0.0, 1.0), (1000.0, 1.0));
    assert_eq!(comparison.abort(), before.abort());
    assert_eq!(comparison.gates(), before.gates());
    assert_ne!(comparison.ground(), before.ground());
    let before = comparison.clone();
    look(&mut comparison, &mut traffic, (100.0, 1.0), (0.0, 1.0));
    assert_eq!(comparison, before);
}

#[test]
fn a_small_margin_without_history_is_refused() {
    let ground = || Ground::new(EDGES_MS.to_vec(), 0.95, Vec::new()).unwrap();
    let small = LatencyMargin::new(1.04, 0.0);
    let error = LatencyComparison::new(ground(), small, 0.01, [], 0.05).unwrap_err();
    assert!(error.to_string().contains("needs a history"));
}

#[test]
fn gates_over_one_ground_are_proven_in_the_order_of_their_margins() {
    let mut traffic = Traffic::seeded(3);
    let ground = Ground::new(EDGES_MS.to_vec(), 0.95, Vec::new()).unwrap();
    let gates = [2.0, 1.5, 1.2].map(|ratio| LatencyMargin::new(ratio, 0.0));
    let mut comparison = LatencyComparison::new(ground, gates[2], 0.01, gates, 0.05).unwrap();
    let mut proven_at = [None; 3];
    for poll in 0..200 {
        look(&mut comparison, &mut traffic, (50.0, 1.0), (950.0, 1.0));
        for (gate, at) in comparison.gates().iter().zip(&mut proven_at) {
            if gate.is_proven() {
                at.get_or_insert(poll);
            }
        }
    }
    assert!(
        proven_at.iter().all(Option::is_some) && proven_at.is_sorted(),
        "{proven_at:?}"
    );
}

#[test]
fn the_requests_to_a_proof_are_foretold() {
    let mut traffic = Traffic::seeded(11);
    let mut comparison = seasoned(History::Unknown, &mut traffic);
    let foretold = comparison.gates()[0]
        .requests_to_proof(comparison.ground(), 100.0, 900.0)
        .unwrap();
    let mut requests = 0.0;
    while !comparison.gates()[0].is_proven() {
        look(&mut comparison, &mut traffic, (100.0, 1.0), (900.0, 1.0));
        requests += 100.0;
    }
    assert!(
        (0.3..3.0).contains(&(requests / foretold)),
        "{requests} taken, {foretold} foretold"
    );
}
