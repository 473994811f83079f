//! How an outage of the store is waited out: told once, asked again at growing intervals.

use std::time::Duration;

use super::retry;
use crate::driver::ports::JournalError;

/// The longest pause before the store is asked again. Short, because a page has ten seconds to arrive once the store is back; one
/// question a channel is no load.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The failures since the store last worked.
#[derive(Debug, Default)]
pub(super) struct Outage {
    failures: u32,
}

impl Outage {
    /// The store failed; gives the pause before it is asked again. `who` asked.
    pub(super) fn failed(&mut self, who: &str, error: &JournalError) -> Duration {
        if self.failures == 0 {
            tracing::warn!(notice.channel = who, "{who}: deliveries wait: {error}");
        }
        self.failures = self.failures.saturating_add(1);
        retry::pause(self.failures, rand::random()).min(PAUSE_MAX)
    }

    /// The store worked.
    pub(super) fn is_over(&mut self, who: &str) {
        if self.failures > 0 {
            tracing::info!(
                notice.channel = who,
                "{who}: the outbox answers again; deliveries go on"
            );
        }
        self.failures = 0;
    }
}
