//! Why serde did not take a value: its errors as values, in our words.

use std::fmt;

use serde::de::{Expected, Unexpected};

use super::Refusal;
use crate::document::nearest::{did_you_mean, nearest};
use crate::document::path::{FieldPath, Segment};

/// Why serde did not take a value, and which.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The value; for a missing field, the mapping that lacks it.
    pub(super) field: FieldPath,
    /// Why.
    pub(super) reason: Reason,
}

/// Why serde did not take a value.
#[derive(Debug)]
pub(super) enum Reason {
    Expected {
        expected: String,
        hint: Option<&'static str>,
    },
    UnknownField {
        name: String,
        known: &'static [&'static str],
    },
    MissingField(&'static str),
    UnknownVariant {
        name: String,
        known: &'static [&'static str],
    },
}

impl Misfit {
    /// Something else was expected at the top of what is being read.
    pub(super) fn expected(expected: String) -> Self {
        Self::at_top(Reason::Expected { expected, hint: None })
    }

    /// The same, seen from one level up.
    pub(super) fn below(mut self, segment: Segment) -> Self {
        self.field = self.field.below(segment);
        self
    }

    /// For people.
    pub(super) fn refusal(self) -> Refusal {
        let Self { field, reason } = self;
        match reason {
            Reason::Expected { expected, hint } => Refusal {
                field,
                expected,
                found: None,
                hint: hint.map(str::to_owned),
            },
            Reason::UnknownField { name, known } => Refusal {
                field,
                expected: "a field that Serin knows".to_owned(),
                found: Some(format!("`{}`", crate::document::node::shown(&name))),
                hint: did_you_mean(&name, known.iter().copied()),
            },
            Reason::MissingField(name) => Refusal {
                field: field.key(name),
                expected: "this field, which has no default".to_owned(),
                found: None,
                hint: None,
            },
            Reason::UnknownVariant { name, known } => Refusal {
                field,
                expected: one_of(known),
                found: None,
                hint: nearest(&name, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
            },
        }
    }

    fn at_top(reason: Reason) -> Self {
        Self {
            field: FieldPath::default(),
            reason,
        }
    }
}

/// The words that a field may have.
pub(super) fn one_of(known: &[&str]) -> String {
    match known {
        [only] => format!("`{only}`"),
        _ => format!("one of `{}`", known.join("`, `")),
    }
}

const TEXT: &str = "text";

/// serde's word for what it wanted, in ours.
fn in_our_words(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    match expected.as_str() {
        "a string" => TEXT.to_owned(),
        "u64" => "a whole number, 0 or more".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        _ => expected,
    }
}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::expected(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_our_words(expected);
        // YAML makes numbers and booleans of some words that were meant as text.
        let meant_as_text = matches!(
            found,
            Unexpected::Bool(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_)
        );
        let hint = (expected == TEXT && meant_as_text).then_some("put it in quotes");
        Self::at_top(Reason::Expected { expected, hint })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(in_our_words(expected))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::at_top(Reason::UnknownField {
            name: name.to_owned(),
            known,
        })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::at_top(Reason::MissingField(name))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::at_top(Reason::UnknownVariant {
            name: name.to_owned(),
            known,
        })
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.field, self.reason)
    }
}

impl std::error::Error for Misfit {}
