//! Why a text cannot be read.

use super::exposition::SERIES_MAX;

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    /// There is nothing in it.
    #[error("the body is empty; expected metrics in Prometheus' text format")]
    Empty,
    /// Not text.
    #[error("line {line} is not UTF-8 text")]
    NotUtf8 {
        /// Counted from 1.
        line: usize,
    },
    /// The last line has no line break.
    #[error("the text is cut off: line {line} has no line break at its end: `{text}`")]
    CutOff {
        /// Counted from 1.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// OpenMetrics that does not end as it must.
    #[error("the text is cut off: OpenMetrics ends in `# EOF`, this ends in line {line}: `{text}`")]
    NoEof {
        /// Counted from 1.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// Something stands after the end.
    #[error("line {line} stands after `# EOF`: `{text}`")]
    AfterEof {
        /// Counted from 1.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// A line that is neither a sample nor a comment.
    #[error("line {line}: {problem}: `{text}`")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What was expected.
        problem: &'static str,
        /// The line, shortened.
        text: String,
    },
    /// The same name and labels twice.
    #[error("line {line} repeats the series of line {first}: `{text}`")]
    Duplicate {
        /// Counted from 1.
        line: usize,
        /// The line that had it first.
        first: usize,
        /// The line, shortened.
        text: String,
    },
    /// More series than are counted.
    #[error("line {line}: more than {SERIES_MAX} series of the families that the templates name")]
    TooMany {
        /// The line of the first that is too many, counted from 1.
        line: usize,
    },
}
