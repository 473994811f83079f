//! How often the tests are wrong, by simulation. Seeded; each says with what standard error it can tell.

use serin::engine::judge::abort_test::AbortTest;
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::health_test::HealthTest;
use serin::engine::judge::hedge::HedgedTest;
use serin::engine::judge::history::History;
use serin::engine::judge::proportion::{Boundary, Interval};

use super::traffic::Traffic;

const ALPHA: f64 = 0.01;
const ALPHA_H: f64 = 0.05;
const DEFAULT: Boundary = Boundary {
    rho: 1.25,
    delta: 0.0005,
};
const ZERO: Boundary = Boundary { rho: 1.0, delta: 0.0 };

/// Half an hour of looks every ten seconds.
const LOOKS: usize = 180;
const ROLLOUTS: u64 = 4000;

/// Requests of each arm in a look while the weight goes through 5, 10, 20, 30, 40, 50 %, of 2000 in all; and
/// whether the weight has just changed.
fn split(look: usize) -> (f64, f64, bool) {
    let share = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5][look / 30];
    (
        2000.0 * share,
        2000.0 * (1.0 - share),
        look > 0 && look.is_multiple_of(30),
    )
}

/// The share of rollouts in which `crosses` is true of some look.
fn wrong_rate(mut rollout: impl FnMut(&mut Traffic) -> bool) -> f64 {
    let wrong = (0..ROLLOUTS)
        .filter(|&seed| rollout(&mut Traffic::seeded(seed)))
        .count();
    wrong as f64 / ROLLOUTS as f64
}

/// One rollout of an abort test whose arms have the rates that `rates` gives look by look: is it aborted?
fn is_aborted(
    traffic: &mut Traffic,
    boundary: Boundary,
    mut rates: impl FnMut(&mut Traffic) -> (f64, f64),
) -> bool {
    let mut test = AbortTest::new(boundary, ALPHA, Floor::NONE, DecayedRate::default());
    (0..LOOKS).any(|look| {
        let (n_c, n_b, step) = split(look);
        let (p_c, p_b) = rates(traffic);
        test.observe(&traffic.look((n_c, p_c), (n_b, p_b)), step);
        test.log_evidence() >= (1.0 / ALPHA).ln()
    })
}

/// Fails where a rate is above `limit` by more than two standard errors of that limit (one is 0.16 % at 1 %
/// and 0.34 % at 5 %, with 4000 rollouts).
fn assert_at_most(rate: f64, limit: f64) {
    let standard_error = (limit * (1.0 - limit) / ROLLOUTS as f64).sqrt();
    assert!(
        rate <= limit + 2.0 * standard_error,
        "{rate} where {limit} is promised"
    );
}

#[test]
fn equal_arms_are_aborted_at_most_at_the_promised_rate() {
    let zero_margin = wrong_rate(|traffic| is_aborted(traffic, ZERO, |_| (0.01, 0.01)));
    assert_at_most(zero_margin, ALPHA);
    let default_margin = wrong_rate(|traffic| is_aborted(traffic, DEFAULT, |_| (0.01, 0.01)));
    assert!(default_margin <= ALPHA / 5.0, "{default_margin}");
}

#[test]
fn a_canary_exactly_on_its_margin_is_aborted_at_most_at_the_promised_rate() {
    let on_margin =
        wrong_rate(|traffic| is_aborted(traffic, DEFAULT, |_| (DEFAULT.tolerated_rate(0.01), 0.01)));
    assert_at_most(on_margin, ALPHA);
}

#[test]
fn what_moves_both_arms_alike_is_no_evidence() {
    // Every look has its own factor between a third and three, and every tenth an incident of twenty times.
    let shared = wrong_rate(|traffic| {
        is_aborted(traffic, ZERO, |traffic| {
            let incident = if traffic.chance(0.1) { 20.0 } else { 1.0 };
            let rate = (0.005 * incident * traffic.jitter(0.5)).min(1.0);
            (rate, rate)
        })
    });
    assert_at_most(shared, ALPHA);
}

#[test]
fn bursts_do_not_abort_when_history_or_caution_tempers() {
    // Errors come in fives: the variance is five times that of independent requests.
    let bursty = |history: History| {
        wrong_rate(|traffic| {
            let mut test = HedgedTest::new(DEFAULT, ALPHA, history, DecayedRate::default()).unwrap();
            (0..LOOKS).any(|look| {
                let (n_c, n_b, step) = split(look);
                let bursts = traffic.look((n_c, 0.002), (n_b, 0.002));
                let interval = Interval {
                    x_c: 5.0 * bursts.x_c,
                    x_b: 5.0 * bursts.x_b,
                    ..bursts
                };
                test.observe(&interval, step);
                test.log_evidence() >= (1.0 / ALPHA).ln()
            })
        })
    };
    assert_at_most(bursty(History::Known(Floor { phi: 5.0, nu: 0.01 })), ALPHA);
    assert_at_most(bursty(History::Unknown), ALPHA);
}

#[test]
fn a_canary_on_its_margin_is_proven_healthy_at_most_at_the_promised_rate() {
    let proven = wrong_rate(|traffic| {
        let mut test = HealthTest::new(DEFAULT, ALPHA_H, Floor::NONE, DecayedRate::default());
        (0..LOOKS).any(|look| {
            let (n_c, n_b, step) = split(look);
            test.observe(
                &traffic.look((n_c, DEFAULT.tolerated_rate(0.01)), (n_b, 0.01)),
                step,
            );
            test.is_proven()
        })
    });
    assert_at_most(proven, ALPHA_H);
}

#[test]
fn errors_that_an_error_free_baseline_never_had_are_aborted_without_history() {
    let boundary = Boundary {
        rho: 1.5,
        delta: 0.005,
    };
    for seed in 0..50 {
        let mut traffic = Traffic::seeded(seed);
        let mut test = HedgedTest::new(boundary, ALPHA, History::Unknown, DecayedRate::default()).unwrap();
        for _ in 0..100 {
            test.observe(&traffic.look((50.0, 0.0), (950.0, 0.0)), false);
        }
        let aborted = (0..60).any(|_| {
            test.observe(&traffic.look((50.0, 0.05), (950.0, 0.0)), false);
            test.log_evidence() >= (1.0 / ALPHA).ln()
        });
        assert!(aborted, "seed {seed}: {}", test.log_evidence());
    }
}
