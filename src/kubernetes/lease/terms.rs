//! How long what lasts.

use std::time::Duration;

/// The times of an election: client-go's, which every controller of a cluster keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long the others leave a Lease alone that does not change. Whole seconds: the record has no finer ones.
    pub duration: Duration,
    /// How long a leader believes in its last renewal, from when it was sent. Two thirds of the duration: clocks may differ in rate
    /// by half.
    pub renew_deadline: Duration,
    /// Between two looks, or two renewals: five of them fail before a leader gives up. Up to half of it is added at random.
    pub retry: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

impl Terms {
    /// How long one attempt may take, a read and a write: two that hang leave time for a third.
    #[must_use]
    pub fn attempt(&self) -> Duration {
        self.renew_deadline / 3
    }

    /// The pause before the next attempt; `random` is from 0 to 1.
    #[must_use]
    pub fn pause(&self, random: f64) -> Duration {
        self.retry + self.retry.mul_f64(random.clamp(0.0, 1.0) / 2.0)
    }
}
