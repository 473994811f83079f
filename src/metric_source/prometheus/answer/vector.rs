//! Rows of an instant query: a number for each series.

use super::answer_error::AnswerError;
use super::data::Row;
use super::element::Element;
use super::envelope;
use super::labels::Labels;
use super::point::Point;
use super::result_type::ResultType;

/// A series and its number.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorRow<'a> {
    /// What tells it from the others.
    pub labels: Labels<'a>,
    /// The number, and when it was evaluated.
    pub point: Point,
}

/// The rows of a vector, which borrow from `body` what they can.
///
/// # Errors
/// Where anything in it is not as it should be: an answer is used whole or not at all.
pub fn parse_vector(body: &[u8], max_series: usize) -> Result<Vec<VectorRow<'_>>, AnswerError> {
    envelope::rows(body, max_series)
}

impl<'a> Row<'a> for VectorRow<'a> {
    const RESULT_TYPE: ResultType = ResultType::Vector;

    fn of(element: Element<'a>) -> Result<Self, AnswerError> {
        let labels = element.labels;
        match (element.value, element.values) {
            _ if element.has_histogram => Err(AnswerError::NativeHistogram {
                series: labels.to_string(),
            }),
            (Some(point), None) => Ok(Self { labels, point }),
            (_, Some(_)) => Err(AnswerError::WrongType {
                expected: ResultType::Vector,
                found: ResultType::Matrix,
            }),
            (None, None) => Err(AnswerError::Malformed {
                reason: format!("the series {labels} has no `value`"),
            }),
        }
    }

    fn labels(&self) -> &Labels<'a> {
        &self.labels
    }
}
