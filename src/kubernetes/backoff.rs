//! Pauses between attempts at a server that does not answer.

use std::time::Duration;

use tokio::time::sleep;

/// The first pause: most failures are a connection lost to a server that is being replaced.
const PAUSE_FIRST: Duration = Duration::from_millis(500);

/// The longest pause: within a look of its usual ten seconds a server that is back is found.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Pauses that double from one failure to the next. Of each, the second half is random, so that a server that comes back is not met
/// by everybody at once.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// An attempt succeeded.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// An attempt failed; gives the pause before the next one.
    pub fn failed(&mut self) -> Duration {
        let whole = PAUSE_FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        let random = f64::from(rand::random::<u32>()) / f64::from(u32::MAX);
        whole.mul_f64(random.midpoint(1.0))
    }

    /// Whether pauses grow no longer: what passes by itself within seconds has not passed.
    #[must_use]
    pub fn is_grown(&self) -> bool {
        PAUSE_FIRST.saturating_mul(1 << self.failures.min(16)) > PAUSE_MAX
    }

    /// An attempt failed; lets the pause before the next one pass.
    pub async fn pause(&mut self) {
        sleep(self.failed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let mut grown = Vec::new();
        let mut pauses = Vec::new();
        for _ in 0..40 {
            grown.push(backoff.is_grown());
            pauses.push(backoff.failed());
        }
        // Half a second, doubled four times, is the longest.
        assert_eq!(grown.iter().position(|grown| *grown), Some(5));
        assert!(pauses[0] >= PAUSE_FIRST / 2 && pauses[0] <= PAUSE_FIRST);
        assert!(pauses[1] > pauses[0] / 2 && pauses.iter().all(|pause| *pause <= PAUSE_MAX));
        assert!(pauses[39] >= PAUSE_MAX / 2);

        backoff.reset();

        assert!(backoff.failed() <= PAUSE_FIRST);
    }
}
