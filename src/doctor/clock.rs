//! A server's clock against this machine's.

use std::time::Duration;

use super::finding::{About, Finding};
use super::server::TIME;
use super::shown::{rounded, seconds};
use crate::spec::Timestamp;

/// Ages of samples are told wrongly by as much as clocks differ, and no-data deadlines begin at some minutes: below this nobody
/// need care.
const SKEW_MAX: Duration = Duration::from_secs(5);

/// What the server's time says, in seconds, which it gave between `before` and `after`: all that is certain is how far it lies
/// outside of those.
pub(super) fn clock_finding(
    told: Result<Option<f64>, String>,
    before: Timestamp,
    after: Timestamp,
) -> Finding {
    let server_seconds = match told {
        Ok(Some(seconds)) if seconds.is_finite() && seconds >= 0.0 => seconds,
        Ok(_) => return Finding::warning(About::Clock, "the server did not tell its time").asked(TIME),
        Err(error) => return Finding::warning(About::Clock, error).asked(TIME),
    };
    let server = Timestamp((server_seconds * 1_000.0) as u64);
    let (ahead, behind) = (server.since(after), before.since(server));
    let skew = ahead.max(behind);
    let trip = seconds(after.since(before));
    let finding = if skew > SKEW_MAX {
        let side = if ahead > behind { "ahead of" } else { "behind" };
        Finding::warning(
            About::Clock,
            format!(
                "the server's clock is {} {side} this machine's, give or take {trip}",
                seconds(skew)
            ),
        )
        .hint(
            "samples look older or newer than they are by as much; let both follow the same time, as by NTP",
        )
    } else if skew.is_zero() {
        Finding::ok(
            About::Clock,
            format!("the server's clock is this machine's, as far as {trip} of round trip can tell"),
        )
    } else {
        Finding::ok(
            About::Clock,
            format!(
                "the server's clock differs by {} from this machine's, give or take {trip}",
                seconds(skew)
            ),
        )
    };
    finding
        .asked(TIME)
        .got(format!("{}; here {before} to {after}", rounded(server_seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    const BEFORE: Timestamp = Timestamp(1_700_000_000_000);
    const AFTER: Timestamp = Timestamp(1_700_000_000_010);

    #[test]
    fn a_time_within_the_round_trip_is_no_skew() {
        let finding = clock_finding(Ok(Some(1_700_000_000.004)), BEFORE, AFTER);
        assert_eq!(finding.level, Level::Ok);
        assert!(finding.said.contains("is this machine's"), "{}", finding.said);
    }

    #[test]
    fn a_clock_is_ahead_or_behind_by_what_the_round_trip_cannot_explain() {
        let ahead = clock_finding(Ok(Some(1_700_000_060.010)), BEFORE, AFTER);
        assert_eq!(ahead.level, Level::Warning);
        assert!(ahead.said.contains("60 s ahead of"), "{}", ahead.said);
        let behind = clock_finding(Ok(Some(1_699_999_994.0)), BEFORE, AFTER);
        assert!(behind.said.contains("6 s behind"), "{}", behind.said);
    }

    #[test]
    fn a_small_difference_is_told_and_no_warning() {
        let finding = clock_finding(Ok(Some(1_700_000_002.010)), BEFORE, AFTER);
        assert_eq!(finding.level, Level::Ok);
        assert!(finding.said.contains("differs by 2 s"), "{}", finding.said);
    }
}
