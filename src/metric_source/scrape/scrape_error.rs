//! Why an endpoint gave nothing.

use std::time::Duration;

use reqwest::StatusCode;

use super::exposition::ExpositionError;
use super::fetch::BODY_BYTES_MAX;
use super::stats::Outcome;

/// Why an endpoint gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ScrapeError {
    /// It cannot be asked.
    #[error("not an address that can be scraped: {reason}; expected one like http://127.0.0.1:8081")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// Others took the places until the deadline.
    #[error("was not asked: the endpoints before it had not answered within {after:?}")]
    NotAsked {
        /// From the look's start to its deadline.
        after: Duration,
    },
    /// Nothing came.
    #[error("no answer within {after:?}")]
    NoAnswer {
        /// From the look's start to its deadline.
        after: Duration,
    },
    /// The connection failed.
    #[error("cannot be reached: {reason}")]
    Unreachable {
        /// The last cause.
        reason: String,
    },
    /// Something else than 200.
    #[error("answered {status} to GET {path}; expected 200 OK{}", redirect_hint(.status))]
    Status {
        /// What it answered.
        status: StatusCode,
        /// What it was asked for.
        path: String,
    },
    /// The answer began and did not end.
    #[error("answered too slowly: {bytes} bytes of the body within {after:?}, and more to come")]
    SlowBody {
        /// What had come.
        bytes: usize,
        /// From the look's start to its deadline.
        after: Duration,
    },
    /// The connection broke in the body.
    #[error("the connection broke after {bytes} bytes of the body: {reason}")]
    BrokenBody {
        /// What had come.
        bytes: usize,
        /// The last cause.
        reason: String,
    },
    /// Longer than is read.
    #[error("the body is longer than the limit of {BODY_BYTES_MAX} bytes")]
    TooLarge,
    /// Not an exposition.
    #[error(transparent)]
    Text(#[from] ExpositionError),
}

impl ScrapeError {
    pub(super) const fn outcome(&self) -> Outcome {
        match self {
            Self::Address { .. } => Outcome::BadAddress,
            Self::NotAsked { .. } => Outcome::NotAsked,
            Self::NoAnswer { .. } | Self::SlowBody { .. } => Outcome::TimedOut,
            Self::Unreachable { .. } | Self::BrokenBody { .. } => Outcome::Unreachable,
            Self::Status { .. } => Outcome::BadStatus,
            Self::TooLarge => Outcome::TooLarge,
            Self::Text(_) => Outcome::Unreadable,
        }
    }
}

const fn redirect_hint(status: &StatusCode) -> &'static str {
    if status.as_u16() / 100 == 3 {
        " (redirects are not followed)"
    } else {
        ""
    }
}
