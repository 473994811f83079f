//! How a list, a time and a share of it read.

use std::time::Duration;

use humantime::format_duration;

/// Members of a list that are shown: enough to see what they are like.
const SHOWN_MAX: usize = 8;

/// Characters of a text of somebody else's that are shown.
const CHARS_MAX: usize = 60;

/// The first of them, each in quotes, and how many more there are.
pub(super) fn list<'a>(members: impl IntoIterator<Item = &'a str>) -> String {
    let mut members = members.into_iter();
    let shown: Vec<String> = members
        .by_ref()
        .take(SHOWN_MAX)
        .map(|member| format!("`{}`", short(member)))
        .collect();
    match members.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The beginning of a text.
pub(super) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `1 pod`, `2 pods`, `2 series`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 || noun.ends_with('s') {
        ""
    } else {
        "s"
    };
    format!("{number} {noun}{plural}")
}

/// From here on a duration is told in minutes and more.
const LONG: Duration = Duration::from_secs(10 * 60);

/// A duration as people say it: to the tenth of a second, and a short one to the millisecond, which is as fine as clocks here are.
pub(super) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.1 {
        return format!("{} ms", duration.as_millis().max(1));
    }
    if duration >= LONG {
        return format_duration(Duration::from_secs(duration.as_secs())).to_string();
    }
    let text = format!("{seconds:.1}");
    format!("{} s", text.trim_end_matches(".0"))
}

/// Milliseconds as people say them.
pub(super) fn milliseconds(ms: f64) -> String {
    if ms < 1_000.0 {
        format!("{} ms", rounded(ms))
    } else {
        format!("{} s", rounded(ms / 1_000.0))
    }
}

/// A number with three digits behind its point at most.
pub(super) fn rounded(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_says_how_much_longer_it_is() {
        assert_eq!(list(["a", "b"]), "`a`, `b`");
        assert!(list(["a"; 10]).ends_with("and 2 more"));
    }

    #[test]
    fn times_have_no_digits_that_nobody_reads() {
        assert_eq!(seconds(Duration::from_millis(3)), "3 ms");
        assert_eq!(seconds(Duration::ZERO), "1 ms");
        assert_eq!(seconds(Duration::from_millis(600_400)), "10m");
        assert_eq!(seconds(Duration::from_millis(15_000)), "15 s");
        assert_eq!(seconds(Duration::from_millis(1_540)), "1.5 s");
        assert_eq!(milliseconds(2.5), "2.5 ms");
        assert_eq!(milliseconds(1_250.0), "1.25 s");
    }
}
