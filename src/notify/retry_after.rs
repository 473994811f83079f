//! How long the other side asked to wait.

use std::time::{Duration, UNIX_EPOCH};

use crate::spec::Timestamp;

/// The value of a `Retry-After` header (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// This long from when the answer came.
    Delay(Duration),
    /// Until this time, by the other side's clock.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads whole seconds or an HTTP date, in any of the three formats that RFC 9110 asks a reader to know. `None` where it is
    /// neither: such a header says nothing.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // Too many digits to count are still a wish to wait, and a long one.
            return Some(Self::Delay(Duration::from_secs(
                value.parse().unwrap_or(u64::MAX),
            )));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        // A date before 1970 is over, like any other in the past.
        let since_epoch = date.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Self::At(Timestamp::default() + since_epoch))
    }

    /// Until when, for an answer that came at `now`.
    #[must_use]
    pub fn until(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Delay(delay) => now + delay,
            Self::At(at) => at.max(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn waits_until(value: &str) -> Option<u64> {
        RetryAfter::parse(value).map(|wait| wait.until(NOW).0 - NOW.0)
    }

    #[test]
    fn reads_seconds() {
        assert_eq!(waits_until("120"), Some(120_000));
        assert_eq!(waits_until(" 0 "), Some(0));
    }

    #[test]
    fn reads_all_three_formats_of_a_date() {
        for date in [
            "Tue, 14 Nov 2023 22:13:50 GMT",
            "Tuesday, 14-Nov-23 22:13:50 GMT",
            "Tue Nov 14 22:13:50 2023",
        ] {
            assert_eq!(waits_until(date), Some(30_000), "{date}");
        }
    }

    #[test]
    fn a_date_in_the_past_asks_for_nothing() {
        assert_eq!(waits_until("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
    }

    #[test]
    fn more_seconds_than_can_be_counted_are_very_many() {
        let wait = RetryAfter::parse("99999999999999999999999").unwrap();
        assert_eq!(wait.until(NOW), Timestamp(u64::MAX));
    }

    #[test]
    fn anything_else_says_nothing() {
        for value in ["", "soon", "-1", "1.5", "+3", "1e3", "2023-11-14T22:13:50Z"] {
            assert_eq!(RetryAfter::parse(value), None, "{value}");
        }
    }
}
