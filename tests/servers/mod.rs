//! The real servers that other tests stand on: they start, take what is given to them, and end.

mod envoy;
mod pods;
mod prometheus;
mod victoria;

use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::spec::Timestamp;

/// A whole second that has passed.
fn now() -> Timestamp {
    let now = SystemClock::start().now();
    Timestamp(now.0 - now.0 % 1000)
}

/// So many seconds before it.
fn before(now: Timestamp, seconds: u64) -> Timestamp {
    Timestamp(now.0 - seconds * 1000)
}
