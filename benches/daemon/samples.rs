//! How long something took, many times over.

use std::time::Duration;

/// Durations, sorted.
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Takes what was measured, in any order.
    pub(crate) fn new(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// How many.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest that at least this share of all do not exceed (the nearest rank); 0 of none.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Median, p99 and maximum, in cells.
    pub(crate) fn cells(&self) -> [String; 3] {
        [0.5, 0.99, 1.0].map(|share| milliseconds(self.quantile(share)))
    }
}

/// A duration in words, for figures around a millisecond to a few seconds.
pub(crate) fn milliseconds(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{milliseconds:.0} ms")
    }
}
