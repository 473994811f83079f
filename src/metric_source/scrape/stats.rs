//! What was read and what was turned away, for a metrics page.

use std::sync::atomic::{AtomicU64, Ordering};

/// What can become of a scrape, and of a reading in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered and its text could be read.
    Read,
    /// The endpoint's address is not one that can be asked.
    BadAddress,
    /// The look's deadline came before there was a place for this request.
    NotAsked,
    /// Nothing answers at the address, or the connection broke.
    Unreachable,
    /// The answer, or the end of it, did not come before the deadline.
    TimedOut,
    /// The answer's status was not 200.
    BadStatus,
    /// The body was longer than the limit.
    TooLarge,
    /// The body is not an exposition that can be accounted for line by line.
    Unreadable,
    /// The text was fine, but one metric's series in it are not.
    ReadingRefused,
}

impl Outcome {
    /// Every outcome, in the order of declaration.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::BadAddress,
        Self::NotAsked,
        Self::Unreachable,
        Self::TimedOut,
        Self::BadStatus,
        Self::TooLarge,
        Self::Unreadable,
        Self::ReadingRefused,
    ];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::BadAddress => "bad-address",
            Self::NotAsked => "not-asked",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::BadStatus => "bad-status",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::ReadingRefused => "reading-refused",
        }
    }
}

/// How often each [`Outcome`] came, since the source was made.
#[derive(Debug, Default)]
pub struct ScrapeStats {
    counts: [AtomicU64; Outcome::ALL.len()],
}

impl ScrapeStats {
    /// How often `outcome` came.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize].load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, outcome: Outcome, times: u64) {
        self.counts[outcome as usize].fetch_add(times, Ordering::Relaxed);
    }
}
