//! Label patterns on their way into a query of PromQL: regular expressions, and the plain values among them.

/// The one value that an anchored regular expression matches, where it is a plain text with its special characters escaped.
#[must_use]
pub fn literal(pattern: &str) -> Option<String> {
    let mut literal = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push(characters.next().filter(|next| !next.is_alphanumeric())?),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            character => literal.push(character),
        }
    }
    Some(literal)
}

/// A label matcher for any of `patterns`: by equality where there is one plain value, else by a regular expression.
pub fn matcher<'a>(label: &str, patterns: impl IntoIterator<Item = &'a str>) -> String {
    let mut patterns: Vec<&str> = patterns.into_iter().collect();
    patterns.sort_unstable();
    patterns.dedup();
    if let [only] = patterns[..] {
        return match literal(only) {
            Some(value) => format!("{label}={}", quoted(&value)),
            None => format!("{label}=~{}", quoted(only)),
        };
    }
    // The empty value stands first. VictoriaMetrics takes `|.+` for `.+`, and understands `(?:.+)?`.
    let (may_be_absent, others) = match patterns.split_first() {
        Some((&"", others)) => (true, others),
        _ => (false, &patterns[..]),
    };
    let alternatives: Vec<String> = others.iter().copied().map(alternative).collect();
    let any = alternatives.join("|");
    let any = if may_be_absent { format!("(?:{any})?") } else { any };
    format!("{label}=~{}", quoted(&any))
}

/// A pattern that stays itself beside others. A plain one goes without brackets, because Prometheus looks values up in its index
/// where an expression is nothing but a list of them.
fn alternative(pattern: &str) -> String {
    match literal(pattern) {
        Some(_) => pattern.to_owned(),
        None => format!("(?:{pattern})"),
    }
}

/// `text` as a string literal of PromQL, which follows Go's escaping.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            character if character.is_control() => {
                literal.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_name_is_a_plain_value() {
        assert_eq!(
            literal(&regex::escape("checkout-v1.shop")).as_deref(),
            Some("checkout-v1.shop")
        );
        assert_eq!(literal("5.."), None);
        assert_eq!(literal(r"\d"), None, "a class");
        assert_eq!(literal("a\\"), None, "an escape of nothing");
    }

    #[test]
    fn one_plain_value_is_an_equality() {
        assert_eq!(matcher("app", ["check\\-out"]), r#"app="check-out""#);
        assert_eq!(matcher("code", ["5.."]), r#"code=~"5..""#);
    }

    #[test]
    fn several_patterns_are_one_expression_in_which_each_stays_itself() {
        assert_eq!(matcher("app", ["b", "a|c", "b"]), r#"app=~"(?:a|c)|b""#);
    }

    #[test]
    fn an_absent_label_makes_the_others_optional() {
        assert_eq!(matcher("app", [""]), r#"app="""#);
        assert_eq!(matcher("app", ["b", "", ".+"]), r#"app=~"(?:(?:.+)|b)?""#);
    }

    #[test]
    fn what_ends_a_literal_is_escaped() {
        assert_eq!(quoted("a\"b\\c\nd\u{1}"), r#""a\"b\\c\nd\u0001""#);
    }
}
