//! Times of samples.

use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::spec::Timestamp;

/// A whole second that has passed.
pub(crate) fn now() -> Timestamp {
    let now = SystemClock::start().now();
    Timestamp(now.0 - now.0 % 1000)
}

/// So many seconds before it.
pub(crate) fn before(now: Timestamp, seconds: u64) -> Timestamp {
    Timestamp(now.0 - seconds * 1000)
}
