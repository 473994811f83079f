//! The answer to a query, read strictly: whole, or not at all with a reason.
//!
//! What the numbers mean, and whether NaN may stand where one does, is for who asked to judge.

mod answer_error;
mod data;
mod element;
mod envelope;
mod failure;
mod labels;
mod matrix;
mod point;
mod refusal;
mod result_type;
mod text;
mod vector;
mod warnings;

use std::fmt;
use std::sync::Arc;

use super::stats::{DataSourceStats, Outcome};

pub use answer_error::AnswerError;
pub use failure::Failure;
pub use labels::Labels;
pub use matrix::{MatrixRow, parse_matrix};
pub use point::Point;
pub use result_type::ResultType;
pub use vector::{VectorRow, parse_vector};

/// The answer to a query as it came. Reading it counts what became of the query.
///
/// Reading takes about a microsecond a series: long answers belong on a thread that may block.
#[derive(Clone)]
pub struct Answer {
    body: Vec<u8>,
    stats: Arc<DataSourceStats>,
}

impl Answer {
    pub(super) const fn new(body: Vec<u8>, stats: Arc<DataSourceStats>) -> Self {
        Self { body, stats }
    }

    /// Its bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What an instant query gives. See [`parse_vector`].
    ///
    /// # Errors
    /// As [`parse_vector`].
    pub fn vector(&self, max_series: usize) -> Result<Vec<VectorRow<'_>>, AnswerError> {
        self.counted(parse_vector(&self.body, max_series))
    }

    /// What a range query gives. See [`parse_matrix`].
    ///
    /// # Errors
    /// As [`parse_matrix`].
    pub fn matrix(&self, max_series: usize) -> Result<Vec<MatrixRow<'_>>, AnswerError> {
        self.counted(parse_matrix(&self.body, max_series))
    }

    fn counted<T>(&self, rows: Result<T, AnswerError>) -> Result<T, AnswerError> {
        let outcome = rows.as_ref().err().map_or(Outcome::Read, AnswerError::outcome);
        self.stats.count(outcome);
        rows
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
