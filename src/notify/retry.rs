//! What becomes of a delivery that failed: when it is tried again, or that it never is. Pure: the time and the
//! randomness are arguments.
//!
//! Pauses double from [`PAUSE_FIRST`] to [`PAUSE_MAX`]. Of each, the second half is random ("equal jitter" in M. Brooker, *Exponential
//! Backoff and Jitter*, AWS Architecture Blog, 2015): receivers that came back are not met by everybody at once, and no
//! pause is shorter than the one before.

use std::time::Duration;

use super::channel::SendError;
use super::retry_after::RetryAfter;
use crate::driver::{Attempt, Delivery};
use crate::spec::Timestamp;

/// The first pause: most failures are a connection lost or a receiver that is being replaced.
pub const PAUSE_FIRST: Duration = Duration::from_secs(1);

/// The longest pause: about 150 attempts in a day, and news no later than this once an outage is over.
pub const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// The longest `Retry-After` that is obeyed in full. Receivers that shed load ask for minutes; one that asks for days would silence
/// its people by one bad header.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// Bytes kept of what went wrong: enough for a sentence and its cause.
const ERROR_BYTES_MAX: usize = 500;

/// What becomes of `delivery`, whose newest attempt failed with `error` at `now`. It is given up where it could not be tried
/// again before it expires. `random` is any number, all of them equally likely.
#[must_use]
pub fn after_failure(
    delivery: &Delivery,
    error: &SendError,
    now: Timestamp,
    expiry: Duration,
    random: u32,
) -> Attempt {
    let reason = shortened(error.to_string());
    if matches!(error, SendError::Never { .. }) {
        return Attempt::Dead { error: reason };
    }
    let failures = delivery.attempts.saturating_add(1);
    let own = now + pause(failures, random);
    let at = error.wait().map_or(own, |wait| own.max(obeyed(wait, now)));
    if is_expired(delivery, at, expiry) {
        return Attempt::Dead {
            error: format!(
                "given up after {failures} attempts within {}; the last one: {reason}",
                humantime::format_duration(expiry)
            ),
        };
    }
    Attempt::Retry { at, error: reason }
}

/// Whether `delivery` is too old to be sent at `at`.
#[must_use]
pub fn is_expired(delivery: &Delivery, at: Timestamp, expiry: Duration) -> bool {
    at >= delivery.created_at + expiry
}

/// A delivery that expired before this attempt.
#[must_use]
pub fn too_late(delivery: &Delivery, expiry: Duration) -> Attempt {
    let expiry = humantime::format_duration(expiry);
    let last = match &delivery.last_error {
        Some(error) => format!("the last attempt: {error}"),
        None => "it was never tried".to_owned(),
    };
    let error = shortened(format!("older than {expiry}; {last}"));
    Attempt::Dead { error }
}

/// Until when the other side is left alone after it asked for `wait`: at most [`RETRY_AFTER_MAX`] from `now`.
#[must_use]
pub fn obeyed(wait: RetryAfter, now: Timestamp) -> Timestamp {
    wait.until(now).min(now + RETRY_AFTER_MAX)
}

/// The pause after this many failures in a row: between half of `PAUSE_FIRST × 2^(failures - 1)`, or of [`PAUSE_MAX`] where that is less,
/// and all of it.
#[must_use]
pub fn pause(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(u64::BITS - 1);
    let full = PAUSE_FIRST.as_millis() as u64;
    let full = full
        .saturating_mul(1 << doublings)
        .min(PAUSE_MAX.as_millis() as u64);
    let half = full / 2;
    let jitter = half.saturating_mul(u64::from(random)) / u64::from(u32::MAX);
    Duration::from_millis(half + jitter)
}

/// `text`, cut to what is kept of what went wrong.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > ERROR_BYTES_MAX {
        text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_within_their_bounds_whatever_comes() {
        for failures in [0, 1, 2, 3, 10, 11, 64, 65, u32::MAX] {
            let (least, most) = (pause(failures, 0), pause(failures, u32::MAX));
            assert_eq!(least * 2, most);
            assert!(most >= PAUSE_FIRST && most <= PAUSE_MAX, "{failures}: {most:?}");
            if failures > 0 {
                assert!(pause(failures.saturating_add(1), 0) >= most.min(PAUSE_MAX / 2));
            }
        }
        assert_eq!(pause(1, u32::MAX), PAUSE_FIRST);
        assert_eq!(pause(4, u32::MAX), PAUSE_FIRST * 8);
        assert_eq!(pause(11, u32::MAX), PAUSE_MAX);
    }

    #[test]
    fn what_went_wrong_is_cut_between_characters() {
        assert_eq!(shortened("short".to_owned()), "short");
        let cut = shortened("ü".repeat(ERROR_BYTES_MAX));
        assert_eq!(cut.len(), ERROR_BYTES_MAX + '…'.len_utf8());
        assert!(cut.ends_with("ü…"));
    }
}
