//! What became of the queries to a data source, for a metrics page.

use std::sync::atomic::{AtomicU64, Ordering};

/// What can become of a query: of the request, and then of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer came and could be read.
    Read,
    /// Others took the places until the time was up.
    NotAsked,
    /// Nothing answers at the address, or the connection broke.
    Unreachable,
    /// The connection could not be secured: a certificate, ours or theirs, was not taken.
    Tls,
    /// The answer, or the end of it, did not come in time, or the server's own time was up.
    TimedOut,
    /// The answer points to another address.
    Redirected,
    /// The answer has a status of failure and says no more.
    BadStatus,
    /// A file with a secret or a certificate cannot be used.
    BadFile,
    /// The answer is longer than the limit, or the server says itself that the query is too large for it.
    TooLarge,
    /// The server says that the query failed.
    QueryFailed,
    /// The answer ends before its end.
    Truncated,
    /// The answer is not JSON.
    NotJson,
    /// The answer is JSON, but not as Prometheus' API has it.
    Malformed,
    /// The server says that something is missing from the answer, or may be.
    Partial,
    /// A matrix where a vector was due, or the like.
    WrongType,
    /// Native histograms where numbers were due.
    NativeHistogram,
    /// The same label set twice.
    DuplicateSeries,
    /// More series than the limit.
    TooManySeries,
    /// A sample whose value is not a number.
    NotANumber,
    /// The answer was fine, but what it says of one metric of a Canary cannot be counted.
    ReadingRefused,
}

impl Outcome {
    /// Every outcome, in the order of declaration.
    pub const ALL: [Self; 20] = [
        Self::Read,
        Self::NotAsked,
        Self::Unreachable,
        Self::Tls,
        Self::TimedOut,
        Self::Redirected,
        Self::BadStatus,
        Self::BadFile,
        Self::TooLarge,
        Self::QueryFailed,
        Self::Truncated,
        Self::NotJson,
        Self::Malformed,
        Self::Partial,
        Self::WrongType,
        Self::NativeHistogram,
        Self::DuplicateSeries,
        Self::TooManySeries,
        Self::NotANumber,
        Self::ReadingRefused,
    ];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::NotAsked => "not-asked",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::TimedOut => "timed-out",
            Self::Redirected => "redirected",
            Self::BadStatus => "bad-status",
            Self::BadFile => "bad-file",
            Self::TooLarge => "too-large",
            Self::QueryFailed => "query-failed",
            Self::Truncated => "truncated",
            Self::NotJson => "not-json",
            Self::Malformed => "malformed",
            Self::Partial => "partial",
            Self::WrongType => "wrong-type",
            Self::NativeHistogram => "native-histogram",
            Self::DuplicateSeries => "duplicate-series",
            Self::TooManySeries => "too-many-series",
            Self::NotANumber => "not-a-number",
            Self::ReadingRefused => "reading-refused",
        }
    }

    /// Whether a query for a part of the same may be answered.
    #[must_use]
    pub const fn asks_for_less(self) -> bool {
        matches!(self, Self::TooLarge | Self::TooManySeries)
    }
}

/// How often each [`Outcome`] came from one data source, since the process started.
#[derive(Debug, Default)]
pub struct DataSourceStats {
    counts: [AtomicU64; Outcome::ALL.len()],
}

impl DataSourceStats {
    /// How often `outcome` came.
    #[must_use]
    pub fn get(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize].load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, outcome: Outcome) {
        self.counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_outcome_is_listed_at_its_own_place_under_its_own_name() {
        for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place, "{outcome:?}");
        }
        let names: BTreeSet<&str> = Outcome::ALL.into_iter().map(Outcome::name).collect();
        assert_eq!(names.len(), Outcome::ALL.len());
    }
}
