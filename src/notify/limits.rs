//! The bounds of one channel.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Sends under way at once. Enough for a receiver that takes a second to keep up with a busy fleet, and few enough not to look like an
/// attack when an outage ends.
const IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(8).expect("8 is not 0");

/// Sends in a minute: a hundred a second. Whoever has more news than that has a loop somewhere.
const PER_MINUTE: NonZeroUsize = NonZeroUsize::new(6_000).expect("6,000 is not 0");

/// A receiver that has not answered by then hangs. A page has ten seconds to arrive.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// A day: who had the night off still hears of it. What is older misleads.
const EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);

/// The bounds of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sends under way at once.
    pub in_flight: NonZeroUsize,
    /// Sends begun in any minute; what else is due waits.
    pub per_minute: NonZeroUsize,
    /// How long one send may take.
    pub send_timeout: Duration,
    /// A delivery is given up this long after it was decided.
    pub expiry: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: IN_FLIGHT,
            per_minute: PER_MINUTE,
            send_timeout: SEND_TIMEOUT,
            expiry: EXPIRY,
        }
    }
}
