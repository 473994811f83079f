//! Words of a server, as they may be shown: short, and without characters that move a terminal's cursor.

/// What is shown of a server's words. A parse error of Prometheus with its query takes some hundred characters.
const WORDS_MAX: usize = 400;

/// `text` in short, and printable.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == WORDS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_short_and_printable() {
        assert_eq!(shown(" a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb");
        assert_eq!(shown(&"é".repeat(1_000)).chars().count(), WORDS_MAX + 1);
    }
}
