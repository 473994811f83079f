//! `match` values: anchored regular expressions, with variables filled in.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::meaning::Variables;
use super::names::{LABEL_NAME, is_label_name};
use super::variables::{CLOSED, Piece, Unclosed, pieces};
use crate::document::FieldPath;
use crate::spec::checked::Labels;

/// Length of a pattern. The longest in common use list some dozens of paths.
const MAX_PATTERN_BYTES: usize = 1_000;
/// Memory of a compiled pattern. Thousands may be alive at once.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// Checks a mapping of label names to patterns, and fills in its variables.
pub(super) fn filled(
    field: &FieldPath,
    written: Option<&BTreeMap<String, String>>,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Labels {
    let mut labels = Labels::new();
    for (label, pattern) in written.into_iter().flatten() {
        let field = field.key(label);
        let label = fill_name(&field, label, variables, findings);
        if let Some(label) = label.as_ref().filter(|label| !is_label_name(label)) {
            let hint = (label == "__name__").then(|| "the metric's name goes into `metric`".to_owned());
            findings.refuse_found(
                &field,
                LABEL_NAME,
                format!("`{}`", crate::document::shown(label)),
                hint,
            );
        }
        if let Some(pattern) = fill(&field, pattern, variables, findings) {
            check_pattern(&field, &pattern, findings);
            labels.extend(label.map(|label| (label, pattern)));
        }
    }
    labels
}

/// The pattern with its variables filled in, each quoted so that it matches itself; `None` where one is refused.
fn fill(
    field: &FieldPath,
    text: &str,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    if text.contains("\\${") {
        let hint = "it would take the value's first character for a part of itself".to_owned();
        findings.refuse(field, "no backslash before a variable", hint);
        return None;
    }
    fill_with(field, text, variables, findings, regex::escape)
}

/// The name with its variables filled in as they are; `None` where one is refused. What comes out is any text.
pub(super) fn fill_name(
    field: &FieldPath,
    text: &str,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    fill_with(field, text, variables, findings, str::to_owned)
}

fn fill_with(
    field: &FieldPath,
    text: &str,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
    quote: impl Fn(&str) -> String,
) -> Option<String> {
    let pieces = match pieces(text) {
        Ok(pieces) => pieces,
        Err(Unclosed) => {
            findings.refuse(field, CLOSED, None);
            return None;
        }
    };
    let mut filled = Some(String::new());
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => {
                filled.iter_mut().for_each(|text| text.push_str(literal));
            }
            Piece::Variable(name) => match variables.value(name) {
                Ok(value) => filled.iter_mut().for_each(|text| text.push_str(&quote(value))),
                Err(hint) => {
                    findings.refuse(field, "variables that exist", hint);
                    filled = None;
                }
            },
        }
    }
    filled
}

fn check_pattern(field: &FieldPath, pattern: &str, findings: &mut Findings<'_>) {
    if pattern.len() > MAX_PATTERN_BYTES {
        findings.refuse_found(
            field,
            format!("a pattern of at most {MAX_PATTERN_BYTES} bytes"),
            format!("{} bytes", pattern.len()),
            None,
        );
        return;
    }
    let compiled = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(MAX_COMPILED_BYTES)
        .build();
    if let Err(error) = compiled {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        findings.refuse(field, "a regular expression", reason.to_owned());
    }
}
