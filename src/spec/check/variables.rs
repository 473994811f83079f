//! `${name}` in templates.

/// What a text with variables has.
pub(super) const CLOSED: &str = "a `}` after each `${`";

/// Text without a `}` after its `${`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed;

/// A stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it stands.
    Literal(&'a str),
    /// The name between `${` and `}`.
    Variable(&'a str),
}

/// The text in pieces. A `$` without `{` is itself.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Unclosed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').ok_or(Unclosed)?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Variable(name));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_names() {
        assert_eq!(
            pieces("a${b}c$d${e}"),
            Ok(vec![
                Piece::Literal("a"),
                Piece::Variable("b"),
                Piece::Literal("c$d"),
                Piece::Variable("e")
            ])
        );
        assert_eq!(pieces(""), Ok(vec![]));
        assert_eq!(pieces("5..$"), Ok(vec![Piece::Literal("5..$")]));
        assert_eq!(pieces("${a"), Err(Unclosed));
    }
}
