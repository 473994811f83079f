//! Starts that the driver refused, and when they are tried again. Pure.

use std::time::Duration;

use crate::kubernetes::Backoff;
use crate::spec::Timestamp;

/// A start is tried again for so long. What refuses it passes: an end that waits for the journal, a workload that is scaled down.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60 * 60);

/// Attempts at one start.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    since: Timestamp,
    /// When the next one is due; none once it is given up.
    pub(super) due: Option<Timestamp>,
    backoff: Backoff,
}

impl Attempts {
    /// The first attempt was refused at `now`.
    pub(super) fn begin(now: Timestamp) -> Self {
        let mut backoff = Backoff::default();
        let due = Some(now + backoff.failed());
        Self {
            since: now,
            due,
            backoff,
        }
    }

    /// Another one was refused at `now`; gives whether there will be one more.
    pub(super) fn refused(&mut self, now: Timestamp) -> bool {
        let goes_on = now.since(self.since) < GIVEN_UP_AFTER;
        self.due = goes_on.then(|| now + self.backoff.failed());
        goes_on
    }

    /// Whether nothing is to be tried at `now`.
    pub(super) fn is_waiting(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| now < due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_tried_again_and_given_up_after_an_hour() {
        let mut now = Timestamp(1_700_000_000_000);
        let mut attempts = Attempts::begin(now);
        let mut number = 1;
        while let Some(due) = attempts.due {
            assert!(attempts.is_waiting(now));
            now = due;
            assert!(!attempts.is_waiting(now));
            number += 1;
            attempts.refused(now);
        }
        assert!((450..1_000).contains(&number), "{number} attempts");
        assert!(attempts.is_waiting(now + GIVEN_UP_AFTER));
    }
}
