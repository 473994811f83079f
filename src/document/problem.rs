//! What is wrong with what a user wrote, told so that it can be put right without reading the source.

use std::fmt;

use serde::Serialize;

use super::node::Node;
use super::path::FieldPath;

/// How many problems are told at once. A file with more is wrong as a whole; nobody reads the hundred-and-first line.
pub const MAX_PROBLEMS: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Name of the file, as it was given.
    pub file: String,
    /// Line in the file, from 1, where it is known.
    pub line: Option<u64>,
    /// The field, such as `spec.analysis.metrics[0].margin.absolute`; `None` where it is the document or file as a whole.
    pub field: Option<String>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with the value at `field` of a document, which is shown as it was found.
    pub(crate) fn of_value(
        file: &str,
        root: &Node,
        field: &FieldPath,
        expected: String,
        hint: Option<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(root.line_of(field)),
            field: (!field.segments().is_empty()).then(|| field.to_string()),
            expected,
            found: root
                .at(field)
                .map_or_else(|| "nothing".to_owned(), |node| node.value.to_string()),
            hint,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": {}", Printable(field))?;
        }
        write!(
            f,
            ": expected {}, found {}",
            Printable(&self.expected),
            Printable(&self.found)
        )?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", Printable(hint))?;
        }
        Ok(())
    }
}

/// Text without the characters that move a terminal's cursor or colour it: what users wrote is shown, never obeyed.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Everything that is wrong, in the order in which it is written; at most [`MAX_PROBLEMS`] of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Problems {
    /// The problems.
    pub listed: Vec<Problem>,
    /// How many more there were.
    pub left_out: usize,
}

impl Problems {
    /// Lists what was found, up to the bound.
    #[must_use]
    pub fn new(mut found: Vec<Problem>) -> Self {
        let left_out = found.len().saturating_sub(MAX_PROBLEMS);
        found.truncate(MAX_PROBLEMS);
        Self {
            listed: found,
            left_out,
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.listed.iter().enumerate() {
            let line_break = if position == 0 { "" } else { "\n" };
            write!(f, "{line_break}{problem}")?;
        }
        if self.left_out > 0 {
            write!(f, "\n… and {} more", self.left_out)?;
        }
        Ok(())
    }
}
