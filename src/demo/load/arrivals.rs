//! When callers come.

use std::num::NonZeroU32;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, Exp};

/// The arrival times of a Poisson process, counted from its start.
pub(super) struct Arrivals {
    gap_seconds: Exp<f64>,
    random: StdRng,
    last: Duration,
}

impl Arrivals {
    pub(super) fn new(rps: NonZeroU32, seed: u64) -> Self {
        Self {
            gap_seconds: Exp::new(f64::from(rps.get())).expect("the rate is positive: it is a NonZeroU32"),
            random: StdRng::seed_from_u64(seed),
            last: Duration::ZERO,
        }
    }

    /// Always counted from the start, so that late timers delay single requests but never lower the rate.
    pub(super) fn next_after_start(&mut self) -> Duration {
        let gap = self.gap_seconds.sample(&mut self.random);
        self.last += Duration::try_from_secs_f64(gap).unwrap_or(Duration::ZERO);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_the_rate_and_are_as_uneven_as_a_poisson_process() {
        const COUNT: u32 = 10_000;
        let rps = NonZeroU32::new(500).unwrap();
        let mut arrivals = Arrivals::new(rps, 1);
        let times: Vec<f64> = (0..COUNT)
            .map(|_| arrivals.next_after_start().as_secs_f64())
            .collect();
        // 20 s, with a standard deviation of sqrt(10,000) / 500 = 0.2 s.
        let end = *times.last().unwrap();
        assert!((19.0..=21.0).contains(&end), "{COUNT} arrivals took {end} s");
        // A gap is longer than the mean gap with probability 1/e: 3,679 of them, standard deviation 48.
        let is_long = |pair: &[f64]| pair[1] - pair[0] > 1.0 / f64::from(rps.get());
        let long_gaps = times.windows(2).filter(|pair| is_long(pair)).count();
        assert!((3438..=3920).contains(&long_gaps), "{long_gaps} long gaps");
    }
}
