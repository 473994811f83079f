//! How long a look may take.

use std::time::Duration;

/// Longest wait for the answers of a look: Prometheus' default scrape time-out.
const LOOK_MAX: Duration = Duration::from_secs(10);

/// How long a look may take. Three quarters of the interval leave time to judge and act before the next.
pub(super) fn deadline_after(interval: Duration) -> Duration {
    LOOK_MAX.min(interval / 4 * 3)
}
