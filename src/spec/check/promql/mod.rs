//! Queries of `value` templates: the one place where what users write is put into a text in another language.
//!
//! Promises: a query that was rendered parses, and asks what the template asks, whatever the values are. Three things see to
//! that. A variable may only stand in the string of a label matcher. A value is escaped for that string, and quoted first where
//! the string is a regular expression. And what came out is parsed and held against the template's tree (`tree.rs`).

mod habits;
mod lexemes;
mod misfit;
mod stop;
mod tree;

use std::collections::BTreeMap;
use std::time::Duration;

use promql_parser::parser::value::ValueType;
use promql_parser::parser::{Expr, parse};

pub(super) use self::habits::Habit;
use self::lexemes::{IN_MATCHERS, Kind, Lexeme, lexemes};
pub(super) use self::misfit::Misfit;
use super::variables::{Piece, Unclosed, pieces};

/// A template's query. Those of well-known dashboards have some hundred bytes; and the tree of one with so many, however deep,
/// is walked within the smallest stack there is.
const MAX_QUERY_BYTES: usize = 2_000;

/// A query with its values.
const MAX_RENDERED_BYTES: usize = 8_000;

/// A template's query that may be rendered.
#[derive(Debug)]
pub(super) struct Query<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme<'a>>,
    tree: Expr,
}

impl<'a> Query<'a> {
    /// Reads a template's query.
    ///
    /// # Errors
    /// If it is no PromQL, gives no single number, or has a variable where none can stand.
    pub(super) fn read(text: &'a str) -> Result<Self, Misfit> {
        if text.trim().is_empty() {
            return Err(Misfit::of_all("a query"));
        }
        if text.len() > MAX_QUERY_BYTES {
            return Err(Misfit::of_all(format!(
                "a query of at most {MAX_QUERY_BYTES} bytes"
            )));
        }
        let lexemes = lexemes(text)?;
        for (index, lexeme) in lexemes.iter().enumerate() {
            check_variables(index.checked_sub(1).map(|before| &lexemes[before]), lexeme)?;
        }
        let tree = parse(text).map_err(|said| {
            let stop = stop::stop(text, &lexemes, &said);
            let misfit = Misfit {
                at: stop.map(|lexeme| lexeme.at),
                ..Misfit::of_all("PromQL")
            };
            match stop {
                Some(lexeme) if said == stop::NO_WORDS => {
                    misfit.hint(format!("`{}` cannot stand there", lexeme.text))
                }
                _ => misfit.hint(said),
            }
        })?;
        check_type(&tree)?;
        Ok(Self { text, lexemes, tree })
    }

    /// The names of the variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> {
        let strings = self.lexemes.iter().filter_map(Lexeme::quoted);
        strings.flat_map(|text| {
            let pieces = pieces(text).unwrap_or_default();
            pieces.into_iter().filter_map(|piece| match piece {
                Piece::Variable(name) => Some(name),
                Piece::Literal(_) => None,
            })
        })
    }

    /// What it asks that another kind of template asks better.
    pub(super) fn habits(&self) -> Vec<Habit> {
        habits::habits(&self.tree)
    }

    /// How far back it looks where it looks back least; none where it does not.
    pub(super) fn shortest_range(&self) -> Option<Duration> {
        habits::shortest_range(&self.tree)
    }

    /// The query with its variables filled in. A number without a series (`scalar(…)`) is put into one, as that is how answers
    /// are read.
    ///
    /// # Errors
    /// If a variable has no value, or what comes out is not the same query any more.
    pub(super) fn rendered(&self, values: &BTreeMap<&str, &str>) -> Result<String, Misfit> {
        let mut rendered = String::new();
        let mut kept = 0;
        let mut before = None;
        for lexeme in &self.lexemes {
            if let Some(text) = lexeme.quoted() {
                let quote = &lexeme.text[..1];
                let is_pattern = is_pattern(before);
                let escaped = |value: &str| escaped(&literally(value, is_pattern), quote);
                let filled = filled(text, values, escaped).ok_or_else(unfilled)?;
                rendered.push_str(&self.text[kept..lexeme.at]);
                rendered.push_str(&format!("{quote}{filled}{quote}"));
                kept = lexeme.end();
            }
            before = Some(lexeme);
        }
        rendered.push_str(&self.text[kept..]);
        if rendered.len() > MAX_RENDERED_BYTES {
            return Err(Misfit::of_all(format!(
                "values with which the query has at most {MAX_RENDERED_BYTES} bytes"
            )));
        }
        let tree = parse(&rendered).map_err(|said| unlike_its_template().hint(said))?;
        let expected = |text: &str, is_pattern: bool| {
            filled(text, values, |value| literally(value, is_pattern)).filter(|_| {
                // What a backslash stands before would be no longer what it was quoted as.
                !is_pattern || !has_backslash_before_variable(text)
            })
        };
        if !tree::asks_the_same(&self.tree, &tree, &expected) {
            return Err(unlike_its_template());
        }
        Ok(match self.tree.value_type() {
            // On lines of its own, for its last one may end in a comment.
            ValueType::Scalar => format!("vector(\n{rendered}\n)"),
            _ => rendered,
        })
    }
}

fn unfilled() -> Misfit {
    Misfit::of_all("values for all of its variables")
}

fn unlike_its_template() -> Misfit {
    Misfit::of_all("a query that means the same whatever the values are").hint(IN_MATCHERS)
}

/// Refuses variables anywhere but in the string of a matcher, which is behind the matcher's operator.
fn check_variables(operator: Option<&Lexeme<'_>>, lexeme: &Lexeme<'_>) -> Result<(), Misfit> {
    let Some(first) = lexeme.text.find("${") else {
        return Ok(());
    };
    let at = lexeme.at + first;
    let is_matched = operator.is_some_and(|operator| matches!(operator.text, "=" | "!=" | "=~" | "!~"));
    if !is_matched || lexeme.text.starts_with('`') || lexeme.kind != Kind::Quoted {
        return Err(Misfit::at(at, "no variable there").hint(IN_MATCHERS));
    }
    if pieces(lexeme.text) == Err(Unclosed) {
        return Err(Misfit::at(at, "a `}` after each `${`"));
    }
    if is_pattern(operator) && has_backslash_before_variable(lexeme.text) {
        let hint = "it would take the value's first character for a part of itself";
        return Err(Misfit::at(at, "no backslash before a variable").hint(hint));
    }
    Ok(())
}

/// Whether a string behind this is a regular expression.
fn is_pattern(operator: Option<&Lexeme<'_>>) -> bool {
    operator.is_some_and(|operator| matches!(operator.text, "=~" | "!~"))
}

fn has_backslash_before_variable(text: &str) -> bool {
    text.contains("\\${")
}

fn check_type(tree: &Expr) -> Result<(), Misfit> {
    match tree.value_type() {
        ValueType::Scalar | ValueType::Vector => Ok(()),
        ValueType::Matrix => Err(
            Misfit::of_all("a query that gives one number, not a range of them")
                .hint("take one of them, such as `max_over_time(…)`, or leave `[…]` out"),
        ),
        ValueType::String => Err(Misfit::of_all("a query that gives a number, not a text")),
    }
}

/// The text with its variables replaced; `None` where one has no value.
fn filled(text: &str, values: &BTreeMap<&str, &str>, as_text: impl Fn(&str) -> String) -> Option<String> {
    let pieces = pieces(text).ok()?;
    let filled = pieces.into_iter().map(|piece| match piece {
        Piece::Literal(literal) => Some(literal.to_owned()),
        Piece::Variable(name) => values.get(name).map(|value| as_text(value)),
    });
    filled.collect()
}

/// The text that matches `value` and nothing else.
fn literally(value: &str, is_pattern: bool) -> String {
    if is_pattern {
        regex::escape(value)
    } else {
        value.to_owned()
    }
}

/// The value as it stands between two of `quote`.
///
/// What does not print is written by its number; so is the replacement character, in which Prometheus sees broken UTF-8.
fn escaped(value: &str, quote: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str(r"\\"),
            '\n' => escaped.push_str(r"\n"),
            character if quote.contains(character) => escaped.extend(['\\', character]),
            character if character.is_control() || character == char::REPLACEMENT_CHARACTER => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
