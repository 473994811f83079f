//! What the result of a query is.

use std::fmt;

/// What the result of a query is, by the API's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// A number for each series, all of the same time.
    Vector,
    /// Some numbers for each series.
    Matrix,
    /// A number.
    Scalar,
    /// A text.
    String,
}

impl ResultType {
    const ALL: [Self; 4] = [Self::Vector, Self::Matrix, Self::Scalar, Self::String];

    const fn name(self) -> &'static str {
        match self {
            Self::Vector => "vector",
            Self::Matrix => "matrix",
            Self::Scalar => "scalar",
            Self::String => "string",
        }
    }

    /// The type of that name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for ResultType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
