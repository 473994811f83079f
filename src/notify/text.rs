//! Text that fits.

/// `text`, cut to `max` characters, the last of which says that it was cut.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    // An escaped character is whole or not there.
    let whole = match kept.rfind('&') {
        Some(at) if !kept[at..].contains(';') => &kept[..at],
        _ => kept.as_str(),
    };
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_and_not_within_an_escaped_one() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("üüüüüü", 3), "üü…");
        assert_eq!(cut("ab&lt;cd", 5), "ab…");
        assert_eq!(cut("a&lt;bcd", 7), "a&lt;b…");
    }
}
