//! What the abort and the health test of one boundary have in common: the estimates that steer stakes and
//! tempering, and the tempered bets of one look.

use serde::{Deserialize, Serialize};

use super::decayed_rate::DecayedRate;
use super::dispersion::{Floor, OnlineDispersion};
use super::proportion::{Boundary, Interval};

/// What a test made of one look: what it used, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation<const K: usize> {
    /// The log of the e-process after the look.
    pub log_w: f64,
    /// What the look's evidence was divided by.
    pub phi: f64,
    /// The baseline's rate as it was believed before the look.
    pub pi_b: f64,
    /// Each expert's log e-value, tempered and capped; minus infinity for an expert that died.
    pub log_e: [f64; K],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tempered {
    boundary: Boundary,
    floor: Floor,
    baseline_rate: DecayedRate,
    dispersion: OnlineDispersion,
}

impl Tempered {
    pub(super) fn new(boundary: Boundary, floor: Floor, baseline_rate: DecayedRate) -> Self {
        Self {
            boundary,
            floor,
            baseline_rate,
            dispersion: OnlineDispersion::default(),
        }
    }

    pub(super) const fn boundary(&self) -> &Boundary {
        &self.boundary
    }

    pub(super) fn baseline_rate(&self) -> f64 {
        self.baseline_rate.value()
    }

    pub(super) fn phi(&self, interval: &Interval) -> f64 {
        let information = self.boundary.information(self.baseline_rate(), interval);
        self.dispersion.tempering(self.floor, information)
    }

    /// The experts' bets on one look, from what was known before it. `log_w` is left to the mixture.
    pub(super) fn bets<const K: usize>(&self, kappas: &[f64; K], interval: &Interval) -> Observation<K> {
        let pi_b = self.baseline_rate();
        let phi = self.phi(interval);
        Observation {
            log_w: 0.0,
            phi,
            pi_b,
            log_e: tempered_log_e(&self.boundary, pi_b, phi, kappas, interval),
        }
    }

    /// Learns from the look, after the bets. An absolute limit has nothing to learn from the baseline.
    pub(super) fn learn(&mut self, interval: &Interval) {
        if self.boundary.is_absolute() {
            return;
        }
        let rate = self.baseline_rate();
        let prior_events = 0.5 * self.boundary.tolerated_rate(rate) / rate;
        self.dispersion.observe(interval, prior_events);
        self.baseline_rate.observe(interval.n_b, interval.x_b);
    }
}

/// `ln e(λ_κ) / φ` for each supposed effect.
pub(super) fn tempered_log_e<const K: usize>(
    boundary: &Boundary,
    baseline_rate: f64,
    phi: f64,
    kappas: &[f64; K],
    interval: &Interval,
) -> [f64; K] {
    kappas.map(|kappa| {
        let stake = boundary.stake(kappa, baseline_rate, interval);
        boundary.log_e(stake, interval) / phi
    })
}
