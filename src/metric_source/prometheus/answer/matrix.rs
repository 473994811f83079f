//! Rows of a range query: some numbers for each series.

use super::answer_error::AnswerError;
use super::data::Row;
use super::element::Element;
use super::envelope;
use super::labels::Labels;
use super::point::Point;
use super::result_type::ResultType;

/// A series and its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixRow<'a> {
    /// What tells it from the others.
    pub labels: Labels<'a>,
    /// The numbers, in the order of their times, no two of the same time.
    pub points: Vec<Point>,
}

/// The rows of a matrix, which borrow from `body` what they can.
///
/// # Errors
/// Where anything in it is not as it should be: an answer is used whole or not at all.
pub fn parse_matrix(body: &[u8], max_series: usize) -> Result<Vec<MatrixRow<'_>>, AnswerError> {
    envelope::rows(body, max_series)
}

impl<'a> Row<'a> for MatrixRow<'a> {
    const RESULT_TYPE: ResultType = ResultType::Matrix;

    fn of(element: Element<'a>) -> Result<Self, AnswerError> {
        let labels = element.labels;
        match (element.value, element.values) {
            _ if element.has_histogram => Err(AnswerError::NativeHistogram {
                series: labels.to_string(),
            }),
            (None, Some(points)) => Ok(Self { labels, points }),
            (Some(_), _) => Err(AnswerError::WrongType {
                expected: ResultType::Matrix,
                found: ResultType::Vector,
            }),
            (None, None) => Err(AnswerError::Malformed {
                reason: format!("the series {labels} has no `values`"),
            }),
        }
    }

    fn labels(&self) -> &Labels<'a> {
        &self.labels
    }
}
