//! Why a query gave nothing that can be counted.

use super::answer::AnswerError;
use super::request_error::RequestError;
use super::stats::Outcome;
use crate::metric_source::patterns::PatternError;

/// Why a metric of a Canary has no reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The answer cannot be used.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// A label pattern of the template cannot be used.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The rows are not as they should be.
    #[error("{0}")]
    Rows(String),
    /// A series that both arms have: its requests would count on both sides. That both have series of one pod is nothing
    /// wrong: a gateway reports on both.
    #[error(
        "series of pod {pod} belong to both arms: the template's `arm` does not tell them apart; \
         hint: a label with the workload's exact name does, such as `app: \"${{workload}}\"`"
    )]
    SharedSeries {
        /// The pod that reports it.
        pod: String,
    },
    /// Nothing at all for either arm.
    #[error(
        "neither arm has a series of `{wanted}`: nobody called yet, or the template names it wrongly; hint: compare its names with what `serin doctor` finds"
    )]
    NoSeries {
        /// What was asked for.
        wanted: String,
    },
    /// The process ends.
    #[error("the query was given up")]
    GivenUp,
    /// No answer before the next poll.
    #[error("no answer within {ms} ms, and the next poll is due")]
    Late {
        /// How long it was waited for.
        ms: u128,
    },
}

impl QueryError {
    /// What became of the query, for counters, where the client has not counted that already.
    pub(super) const fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Request(error) => Some(error.outcome()),
            Self::Answer(error) => Some(error.outcome()),
            _ => None,
        }
    }
}
