//! Takes a query apart as far as one must to know what is text in quotes and what is not.
//!
//! That it is PromQL is the parser's to say. What is refused here is what the parser would say without a place, and the one
//! thing that it cannot digest (a number too large for a duration).

use super::misfit::Misfit;

/// A number outside of quotes. The largest in use are bytes; from twice ten to the nineteenth on the parser's durations overflow.
const MAX_NUMBER: f64 = 1e18;

/// A hexadecimal number is below [`MAX_NUMBER`] with so many digits.
const MAX_HEX_DIGITS: usize = 14;

/// A stretch of a query without space in it, or in quotes; no comment, which means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lexeme<'a> {
    /// Where it starts, in bytes.
    pub(super) at: usize,
    /// As it stands, with its quotes.
    pub(super) text: &'a str,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a number.
    Word,
    /// An operator, or one bracket.
    Operator,
    /// Text in double or single quotes, or in backticks.
    Quoted,
}

impl<'a> Lexeme<'a> {
    /// Where it ends, in bytes.
    pub(super) const fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// What is between the quotes.
    pub(super) fn quoted(&self) -> Option<&'a str> {
        (self.kind == Kind::Quoted).then(|| &self.text[1..self.text.len() - 1])
    }
}

/// The query in lexemes.
pub(super) fn lexemes(query: &str) -> Result<Vec<Lexeme<'_>>, Misfit> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(first) = query[at..].chars().next() {
        if first.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let rest = &query[at..];
        if first == '#' {
            let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
            if let Some(variable) = rest[..length].find("${") {
                return Err(Misfit::at(at + variable, "no variable in a comment").hint(IN_MATCHERS));
            }
            at += length;
            continue;
        }
        let (kind, length) = match first {
            '"' | '\'' | '`' => (Kind::Quoted, quoted_length(rest, first, at)?),
            '$' => return Err(Misfit::at(at, "no `$` there").hint(IN_MATCHERS)),
            _ if is_of_word(first) => (Kind::Word, word_length(rest)),
            _ => (Kind::Operator, operator_length(rest, first)),
        };
        let text = &rest[..length];
        if kind == Kind::Word && is_too_large(text) {
            return Err(Misfit::at(at, "a number of at most 1e18"));
        }
        lexemes.push(Lexeme { at, text, kind });
        at += length;
    }
    balanced(&lexemes)?;
    Ok(lexemes)
}

/// Where variables belong.
pub(super) const IN_MATCHERS: &str =
    "variables stand in the strings of label matchers, such as `{namespace=\"${namespace}\"}`";

fn quoted_length(rest: &str, quote: char, at: usize) -> Result<usize, Misfit> {
    let mut is_escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' && quote != '`' {
            is_escaped = true;
        } else if character == quote {
            return Ok(index + 1);
        }
    }
    Err(Misfit::at(
        at,
        format!("a {quote} that ends the string which begins there"),
    ))
}

const fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':' | '.')
}

fn word_length(rest: &str) -> usize {
    let run = |from: usize| {
        let end = rest[from..].find(|character| !is_of_word(character));
        end.map_or(rest.len(), |length| from + length)
    };
    let length = run(0);
    let is_number = rest.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let is_exponent = is_number && rest[..length].ends_with(['e', 'E']) && !is_hex(rest);
    if is_exponent && rest[length..].starts_with(['+', '-']) {
        return run(length + 1);
    }
    length
}

fn operator_length(rest: &str, first: char) -> usize {
    let is_pair = ["=~", "!~", "!=", "==", "<=", ">="]
        .iter()
        .any(|pair| rest.starts_with(pair));
    if is_pair { 2 } else { first.len_utf8() }
}

fn is_hex(word: &str) -> bool {
    word.starts_with("0x") || word.starts_with("0X")
}

fn is_too_large(word: &str) -> bool {
    if is_hex(word) {
        return word.len() > "0x".len() + MAX_HEX_DIGITS;
    }
    let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    is_number && word.parse().is_ok_and(|number: f64| number > MAX_NUMBER)
}

fn balanced(lexemes: &[Lexeme<'_>]) -> Result<(), Misfit> {
    let mut open: Vec<&Lexeme<'_>> = Vec::new();
    for lexeme in lexemes.iter().filter(|lexeme| lexeme.kind == Kind::Operator) {
        if closing(lexeme.text).is_some() {
            open.push(lexeme);
        } else if matches!(lexeme.text, ")" | "]" | "}") {
            let fits = open.pop().and_then(|open| closing(open.text)) == Some(lexeme.text);
            if !fits {
                return Err(Misfit::at(lexeme.at, format!("no `{}` there", lexeme.text)));
            }
        }
    }
    match open.last() {
        None => Ok(()),
        Some(open) => {
            let close = closing(open.text).unwrap_or_default();
            Err(Misfit::at(
                open.at,
                format!("a `{close}` for the `{}` there", open.text),
            ))
        }
    }
}

/// What closes a bracket.
pub(super) fn closing(bracket: &str) -> Option<&'static str> {
    match bracket {
        "(" => Some(")"),
        "[" => Some("]"),
        "{" => Some("}"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_quotes_is_one_lexeme() {
        let query = r#"sum(x{a="b\"}",c=~'d'}) # "e"
            + `f\`"#;
        let texts: Vec<&str> = lexemes(query).unwrap().iter().map(|lexeme| lexeme.text).collect();
        assert_eq!(
            texts,
            [
                "sum",
                "(",
                "x",
                "{",
                "a",
                "=",
                r#""b\"}""#,
                ",",
                "c",
                "=~",
                "'d'",
                "}",
                ")",
                "+",
                r"`f\`"
            ]
        );
    }

    #[test]
    fn a_number_keeps_its_exponent() {
        let texts = |query| -> Vec<String> {
            let lexemes = lexemes(query).unwrap();
            lexemes.iter().map(|lexeme| lexeme.text.to_owned()).collect()
        };
        assert_eq!(texts("1e+5-x"), ["1e+5", "-", "x"]);
        assert_eq!(texts("0x1e+5"), ["0x1e", "+", "5"]);
    }

    #[test]
    fn what_is_open_is_told_with_its_place() {
        let at = |query| lexemes(query).unwrap_err().at;
        assert_eq!(at("sum(x"), Some(3));
        assert_eq!(at("sum(x])"), Some(5));
        assert_eq!(at("x{a=\"b}"), Some(4));
        assert_eq!(at("x{a=${b}}"), Some(4));
        assert_eq!(at("x # ${b}"), Some(4));
        assert_eq!(at("x offset 1e300"), Some(9));
        assert_eq!(at("x[0xfffffffffffffffff]"), Some(2));
    }
}
