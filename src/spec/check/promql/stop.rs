//! Where a query stops being PromQL. The parser says that it does, and mostly not where.
//!
//! A part of a query that can still become one is told by what completes it: something that stands for the operand or the string
//! that is due, and the brackets that are open.

use promql_parser::parser::{lexer, parse};

use super::lexemes::{Kind, Lexeme, closing};

/// All that the parser says where it has no words.
pub(super) const NO_WORDS: &str = "invalid promql query";

/// What may be due after a part of a query: nothing, an operand, the labels or operand of a clause, the rest of a matcher, a time.
const DUE: [&str; 13] = [
    "", " x", " x[1m]", "(x)", "(x[1m])", "(a)", "(a) x", "(a)(x)", "(1, x)", "=\"a\"", "\"a\"", "a=\"a\"",
    " 1m",
];

/// The first lexeme after which nothing leads to a query any more, by whatever the parser said of the whole.
pub(super) fn stop<'l, 'q>(query: &str, lexemes: &'l [Lexeme<'q>], said: &str) -> Option<&'l Lexeme<'q>> {
    let kept = lexemes.partition_point(|lexeme| {
        let part = &query[..lexeme.end()];
        let closing = still_open(lexemes.iter().take_while(|other| other.at <= lexeme.at));
        let goes_on = |due: &&str| {
            let whole = format!("{part}{due}{closing}");
            lexer(&whole).is_ok()
                && parse(&whole).map_or_else(|error| error != NO_WORDS && error != said, |_| true)
        };
        DUE.iter().any(goes_on)
    });
    lexemes.get(kept)
}

/// What closes the brackets that are open after some lexemes.
fn still_open<'l>(lexemes: impl Iterator<Item = &'l Lexeme<'l>>) -> String {
    let mut open = Vec::new();
    for lexeme in lexemes.filter(|lexeme| lexeme.kind == Kind::Operator) {
        match closing(lexeme.text) {
            Some(close) => open.push(close),
            None if matches!(lexeme.text, ")" | "]" | "}") => drop(open.pop()),
            None => {}
        }
    }
    open.into_iter().rev().collect()
}
