//! Why a query has no answer.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;

use super::answer::Failure;
use super::stats::Outcome;

/// Why a query has no answer. No secret is in it, and nothing of the address but its scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Others took the places.
    #[error("was not asked: the queries before it had not been answered within {after:?}")]
    NotAsked {
        /// The time for a request.
        after: Duration,
    },
    /// Nothing came.
    #[error("{origin} gave no answer within {after:?}")]
    NoAnswer {
        /// Who was asked.
        origin: String,
        /// The time for a request.
        after: Duration,
    },
    /// The answer began and did not end.
    #[error("{origin} answered too slowly: {bytes} bytes within {after:?}, and more to come")]
    SlowBody {
        /// Who was asked.
        origin: String,
        /// What had come.
        bytes: usize,
        /// The time for a request.
        after: Duration,
    },
    /// No connection, or none that held.
    #[error("{origin} cannot be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        origin: String,
        /// The last cause.
        reason: String,
    },
    /// The connection broke in the answer.
    #[error("the connection to {origin} broke after {bytes} bytes of the answer: {reason}")]
    BrokenBody {
        /// Who was asked.
        origin: String,
        /// What had come.
        bytes: usize,
        /// The last cause.
        reason: String,
    },
    /// The connection could not be secured.
    #[error("no secure connection: {reason}")]
    Tls {
        /// The last cause.
        reason: String,
    },
    /// It is somewhere else.
    #[error(
        "{origin} answered {status}, which points to {target}; redirects are not followed, as credentials would go there; hint: \
         configure the address that it points to"
    )]
    Redirect {
        /// Who was asked.
        origin: String,
        /// What it answered.
        status: StatusCode,
        /// Scheme, host and port that it points to; or that it does not say.
        target: String,
    },
    /// A failure without a reason in the API's form.
    #[error("{origin} answered {status}{}{}", said(.body), hint(.status))]
    Status {
        /// Who was asked.
        origin: String,
        /// What it answered.
        status: StatusCode,
        /// What stands in the body, shortened; empty where that is no text for people.
        body: String,
    },
    /// A failure with its reason.
    #[error("{origin} answered {status}: {failure}")]
    Failed {
        /// Who was asked.
        origin: String,
        /// What it answered.
        status: StatusCode,
        /// What it says.
        failure: Failure,
    },
    /// Longer than is read.
    #[error("the answer is longer than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// A file cannot be used.
    #[error("`{field}`: the file `{}` cannot be used: {reason}", .path.display())]
    File {
        /// The field that names it.
        field: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl RequestError {
    /// What became of the query, for counters.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::NotAsked { .. } => Outcome::NotAsked,
            Self::NoAnswer { .. } | Self::SlowBody { .. } => Outcome::TimedOut,
            Self::Unreachable { .. } | Self::BrokenBody { .. } => Outcome::Unreachable,
            Self::Tls { .. } => Outcome::Tls,
            Self::Redirect { .. } => Outcome::Redirected,
            Self::Status { status, .. } if asks_for_less(*status) => Outcome::TooLarge,
            Self::Status { .. } => Outcome::BadStatus,
            Self::Failed { failure, .. } => failure.outcome(),
            Self::TooLarge { .. } => Outcome::TooLarge,
            Self::File { .. } => Outcome::BadFile,
        }
    }

    /// The connection failed, before the body of an answer.
    pub(super) fn of_connection(origin: &str, error: &reqwest::Error) -> Self {
        match tls_cause(error) {
            Some(cause) => Self::Tls {
                reason: format!("{origin}: {cause}"),
            },
            None => Self::Unreachable {
                origin: origin.to_owned(),
                reason: root_cause(error),
            },
        }
    }
}

/// `413 Content Too Large` and `414 URI Too Long`: a proxy does not take a query of that length.
const fn asks_for_less(status: StatusCode) -> bool {
    matches!(status.as_u16(), 413 | 414)
}

fn said(body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!(": `{body}`")
}

const fn hint(status: &StatusCode) -> &'static str {
    match status.as_u16() {
        401 => {
            "; hint: it wants credentials, or others: `bearerTokenFile`, or `username` and `passwordFile`; some want a tenant in `headers`"
        }
        403 => "; hint: the credentials are known there but may not query",
        404 | 405 => {
            "; hint: `address` ends before `/api/v1`; does a path belong to it, such as `/prometheus`?"
        }
        429 => "; hint: it takes fewer queries at a time than `maxConcurrent`",
        _ => "",
    }
}

/// The innermost cause: reqwest's own words say little more than that something failed.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn tls_cause(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error)
        .find(|cause| cause.is::<rustls::Error>())
        .map(ToString::to_string)
}

/// `error` and what it comes from.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// An I/O error's `source` is what its cause comes from, not the cause.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
