//! Collects what is wrong with one document, so that a check can go on past a mistake.

use std::time::Duration;

use crate::document::units::{Quantity, UnitError};
use crate::document::{FieldPath, Percent, Problem};
use crate::spec::reading::{Document, Note};

/// The problems of one document.
///
/// The readers below give a value in any case, the default where the written one was refused: a document with a problem
/// is never used, and its other fields are still looked at.
pub(super) struct Findings<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
    notes: Vec<Note>,
    leans_on_broken: bool,
}

impl<'a> Findings<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            problems: Vec::new(),
            notes: Vec::new(),
            leans_on_broken: false,
        }
    }

    /// The value at `field` is not what is `expected`.
    pub(super) fn refuse(
        &mut self,
        field: &FieldPath,
        expected: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.note(
            Problem::of_value(
                &self.document.file,
                &self.document.root,
                field,
                expected.into(),
                hint.into(),
            ),
            field,
        );
    }

    /// As [`refuse`](Self::refuse), where what was found is more than the value.
    pub(super) fn refuse_found(
        &mut self,
        field: &FieldPath,
        expected: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        let mut problem = Problem::of_value(
            &self.document.file,
            &self.document.root,
            field,
            expected.into(),
            hint.into(),
        );
        problem.found = found.into();
        self.note(problem, field);
    }

    /// The value at `field` is not wrong, and there is something to know of it.
    pub(super) fn remark(&mut self, field: &FieldPath, text: impl AsRef<str>) {
        self.notes.push(Note {
            file: self.document.file.clone(),
            line: self.document.root.line_of(field),
            text: format!("{field}: {}", text.as_ref()),
        });
    }

    /// What was remarked so far.
    pub(super) fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// A percentage in `range`.
    pub(super) fn percent(
        &mut self,
        field: &FieldPath,
        written: Option<&Quantity>,
        default: Percent,
        range: &Range<Percent>,
    ) -> Percent {
        self.quantity(field, written, default, Quantity::percent, range)
    }

    /// A duration in `range`.
    pub(super) fn duration(
        &mut self,
        field: &FieldPath,
        written: Option<&Quantity>,
        default: Duration,
        range: &Range<Duration>,
    ) -> Duration {
        self.quantity(field, written, default, Quantity::duration, range)
    }

    /// A time in milliseconds in `range`.
    pub(super) fn milliseconds(
        &mut self,
        field: &FieldPath,
        written: Option<&Quantity>,
        default: f64,
        range: &Range<f64>,
    ) -> f64 {
        self.quantity(field, written, default, Quantity::milliseconds, range)
    }

    /// A quantity that `parse` reads, in `range`.
    pub(super) fn quantity<T: Copy + PartialOrd>(
        &mut self,
        field: &FieldPath,
        written: Option<&Quantity>,
        default: T,
        parse: impl Fn(&Quantity) -> Result<T, UnitError>,
        range: &Range<T>,
    ) -> T {
        let Some(written) = written else {
            return default;
        };
        match parse(written) {
            Ok(value) if (range.holds)(value) => value,
            Ok(_) => {
                self.refuse(field, range.expected, None);
                default
            }
            Err(error) => {
                self.refuse(field, error.expected, error.hint);
                default
            }
        }
    }

    /// What this document leans on is wrong, and that has been told where it stands.
    pub(super) fn lean_on_broken(&mut self) {
        self.leans_on_broken = true;
    }

    /// Whether nothing is wrong, neither here nor in what this leans on.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.document.refused.is_empty() && !self.leans_on_broken
    }

    /// The problems; none is told that follows from a field that did not fit its shape, which has been told.
    pub(super) fn finish(self) -> Vec<Problem> {
        self.problems
    }

    fn note(&mut self, problem: Problem, field: &FieldPath) {
        let told = self
            .document
            .refused
            .iter()
            .any(|refused| refused.overlaps(field));
        if !told {
            self.problems.push(problem);
        }
    }
}

/// What a quantity may be.
pub(super) struct Range<T> {
    /// In words, with an example.
    pub(super) expected: &'static str,
    /// Whether a value is in it.
    pub(super) holds: fn(T) -> bool,
}
