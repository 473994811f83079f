//! Quantities of which one unit alone is right.

use serde_json::{Map, Value};

use super::rule::Rule;
use super::schema::Schema;
use crate::document::units::{DURATION, PERCENT};

/// What a quantity is of.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// `0.5%`.
    Percent,
    /// `90s`.
    Duration,
    /// Either of them: which, the metric's template decides.
    Either,
}

/// Never stricter than what reads the text: which words are units of time is left to that.
const PERCENT_TEXT: &str = r"[0-9]+([.][0-9]{1,9})?\\s*%";
const DURATION_TEXT: &str = r"([0-9]+([.][0-9]+)?\\s*[a-zA-Zµ]+\\s*)+";

impl Unit {
    /// Says so at every field that `at` names: a text, as none of the two is a plain number.
    pub(super) fn add_to(self, at: &'static str, schema: &mut Schema) {
        schema.at(at, &text);
        let (pattern, expected) = match self {
            Self::Percent => (PERCENT_TEXT.to_owned(), PERCENT.to_owned()),
            Self::Duration => (DURATION_TEXT.to_owned(), DURATION.to_owned()),
            Self::Either => (
                format!("({PERCENT_TEXT}|{DURATION_TEXT})"),
                format!("{PERCENT}, or {DURATION}"),
            ),
        };
        let rule = format!(r"self.matches('^\\s*{pattern}\\s*$')");
        Rule::new(at, rule, expected).add_to(schema);
    }
}

fn text(fields: &mut Map<String, Value>) {
    fields.remove("x-kubernetes-int-or-string");
    fields.insert("type".to_owned(), "string".into());
}
