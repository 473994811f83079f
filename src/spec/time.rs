//! A point in time that travels as data.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch.
///
/// Everything pure takes its time from arguments of this type; only `clock.rs` makes one from the
/// machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// How long ago `earlier` was; zero where it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The point so long before `self`, and not before the epoch.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// The next point after `self` that is a whole multiple of `interval` since the epoch.
    ///
    /// Rollouts that share an interval thereby share their poll times, which is what lets a metric
    /// source answer several of them with one request.
    #[must_use]
    pub fn next_multiple_of(self, interval: Duration) -> Self {
        let interval_ms = (interval.as_millis() as u64).max(1);
        Self((self.0 / interval_ms + 1) * interval_ms)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        match time {
            Some(time) => write!(f, "{time:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poll_times_of_equal_intervals_coincide() {
        let interval = Duration::from_secs(10);
        assert_eq!(Timestamp(12_345).next_multiple_of(interval), Timestamp(20_000));
        assert_eq!(Timestamp(19_999).next_multiple_of(interval), Timestamp(20_000));
        assert_eq!(Timestamp(20_000).next_multiple_of(interval), Timestamp(30_000));
    }

    #[test]
    fn reads_as_a_date_for_people() {
        assert_eq!(
            Timestamp(1_700_000_000_123).to_string(),
            "2023-11-14T22:13:20.123Z"
        );
    }
}
