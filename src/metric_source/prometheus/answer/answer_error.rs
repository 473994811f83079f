//! Why an answer is not used.

use super::failure::Failure;
use super::result_type::ResultType;
use crate::metric_source::prometheus::stats::Outcome;

/// Why an answer is not used. An answer is used whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It ends before its end.
    #[error("the answer is cut off after {bytes} bytes")]
    Truncated {
        /// Its length.
        bytes: usize,
    },
    /// It is something else.
    #[error(
        "the answer is not JSON: {reason}; it begins with `{begins}`; hint: is this the address of Prometheus' API?"
    )]
    NotJson {
        /// What is wrong with it, and where.
        reason: String,
        /// Its beginning, shortened.
        begins: String,
    },
    /// It is JSON, of another form.
    #[error("the answer does not have the form of Prometheus' API: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The server says that the query failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// Something is missing from it, or may be.
    #[error("the answer is partial: {reason}; a partial answer is not used")]
    Partial {
        /// What the server says.
        reason: String,
    },
    /// The query gives something else.
    #[error("the answer is a {found}; a {expected} was due")]
    WrongType {
        /// What was asked for.
        expected: ResultType,
        /// What came.
        found: ResultType,
    },
    /// Native histograms stand where numbers were due.
    #[error(
        "a native histogram where a number was due: {series}; hint: ask for a classic one, `…_bucket`, `…_count` or `…_sum`"
    )]
    NativeHistogram {
        /// The labels of the first.
        series: String,
    },
    /// Which of two is right, nobody can tell.
    #[error("the same series twice: {series}")]
    DuplicateSeries {
        /// Its labels.
        series: String,
    },
    /// More than may be held.
    #[error("more than {limit} series")]
    TooManySeries {
        /// How many may be.
        limit: usize,
    },
    /// A value that is none.
    #[error("a sample's value is `{found}`; expected a number")]
    NotANumber {
        /// What it is, shortened.
        found: String,
    },
}

impl AnswerError {
    /// What became of the query, for counters.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Truncated { .. } => Outcome::Truncated,
            Self::NotJson { .. } => Outcome::NotJson,
            Self::Malformed { .. } => Outcome::Malformed,
            Self::Failed(failure) => failure.outcome(),
            Self::Partial { .. } => Outcome::Partial,
            Self::WrongType { .. } => Outcome::WrongType,
            Self::NativeHistogram { .. } => Outcome::NativeHistogram,
            Self::DuplicateSeries { .. } => Outcome::DuplicateSeries,
            Self::TooManySeries { .. } => Outcome::TooManySeries,
            Self::NotANumber { .. } => Outcome::NotANumber,
        }
    }
}
