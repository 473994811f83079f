//! Seeded traffic: independent requests with the rates that a test chooses.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution, Normal};
use serin::engine::judge::proportion::Interval;

/// Draws counts. The same seed draws the same ones.
pub(super) struct Traffic(StdRng);

impl Traffic {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// How many of `n` independent requests are bad.
    pub(super) fn bad(&mut self, n: f64, rate: f64) -> f64 {
        let bad = Binomial::new(n as u64, rate).expect("a rate between 0 and 1");
        bad.sample(&mut self.0) as f64
    }

    /// One look of both arms.
    pub(super) fn look(&mut self, (n_c, p_c): (f64, f64), (n_b, p_b): (f64, f64)) -> Interval {
        Interval {
            n_c,
            x_c: self.bad(n_c, p_c),
            n_b,
            x_b: self.bad(n_b, p_b),
        }
    }

    /// A factor around 1 whose logarithm is normal.
    pub(super) fn jitter(&mut self, sigma: f64) -> f64 {
        let normal = Normal::new(0.0, sigma).expect("a finite sigma");
        normal.sample(&mut self.0).exp()
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }

    /// How many of `n` requests were slower than each edge, if latencies are log-normal.
    pub(super) fn slower(&mut self, n: f64, edges_ms: &[f64], median_ms: f64, sigma: f64) -> Vec<f64> {
        let (mut left, mut share_before) = (n, 1.0);
        let mut slower = Vec::with_capacity(edges_ms.len());
        for edge in edges_ms {
            let share = 0.5 * libm::erfc((edge / median_ms).ln() / (sigma * 2.0_f64.sqrt()));
            // Of those that passed the edge before, the ones that pass this too.
            left = self.bad(left, (share / share_before).clamp(0.0, 1.0));
            share_before = share.max(1e-300);
            slower.push(left);
        }
        slower
    }
}
