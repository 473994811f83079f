//! What is wrong with a query, and where in it.

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::spec::check) struct Misfit {
    /// Where it is, in bytes from the query's begin, if one place can be named.
    pub(super) at: Option<usize>,
    /// What should be there.
    pub(in crate::spec::check) expected: String,
    /// What to write instead, where that can be said.
    pub(in crate::spec::check) hint: Option<String>,
}

impl Misfit {
    pub(super) fn at(at: usize, expected: impl Into<String>) -> Self {
        Self {
            at: Some(at),
            ..Self::of_all(expected)
        }
    }

    /// Of the query as a whole.
    pub(super) fn of_all(expected: impl Into<String>) -> Self {
        Self {
            at: None,
            expected: expected.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where it is in `query`, for people: lines and characters count from 1.
    pub(in crate::spec::check) fn place(&self, query: &str) -> Option<String> {
        let before = query.get(..self.at?)?;
        let line = before.matches('\n').count() + 1;
        let last = before.rsplit('\n').next().unwrap_or_default();
        Some(format!("line {line}, character {}", last.chars().count() + 1))
    }
}
