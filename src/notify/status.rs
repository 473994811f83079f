//! What a receiver means by a status.

use reqwest::StatusCode;

/// What a receiver means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It took the delivery.
    Taken,
    /// Try again.
    Later,
    /// It is somewhere else, and following is not allowed.
    Moved,
    /// Never try again.
    Never,
}

pub(super) const fn meaning(status: StatusCode) -> Meaning {
    match status.as_u16() {
        200..=299 => Meaning::Taken,
        // Of the refusals, those that say "not now" (RFC 9110, 8470, 6585): took too long to arrive, too early in the connection, too
        // many. And a conflict: an earlier attempt with the same key is still being worked on (IETF draft Idempotency-Key, 2.6).
        408 | 409 | 425 | 429 => Meaning::Later,
        300..=399 => Meaning::Moved,
        100..=199 | 400..=499 => Meaning::Never,
        // What is not a status at all counts as 5xx (RFC 9110, section 15).
        _ => Meaning::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_retried_or_not() {
        let table = [
            (100..=199, Meaning::Never),
            (200..=299, Meaning::Taken),
            (300..=399, Meaning::Moved),
            (400..=407, Meaning::Never),
            (408..=409, Meaning::Later),
            (410..=424, Meaning::Never),
            (425..=425, Meaning::Later),
            (426..=428, Meaning::Never),
            (429..=429, Meaning::Later),
            (430..=499, Meaning::Never),
            (500..=999, Meaning::Later),
        ];
        let mut seen = 0;
        for (codes, expected) in table {
            for code in codes {
                let status = StatusCode::from_u16(code).unwrap();
                assert_eq!(meaning(status), expected, "{code}");
                seen += 1;
            }
        }
        assert_eq!(seen, 900, "every status that a receiver can send");
    }
}
