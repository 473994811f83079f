//! Foreign text, cut for one line of a message.

/// Characters of a line that a message shows; enough to find it.
const SHOWN_CHARS: usize = 80;

/// The start of a line or series, fit for one line of a message.
pub(super) fn shorten(text: &str) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        match c {
            _ if index == SHOWN_CHARS => {
                shown.push('…');
                break;
            }
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}
