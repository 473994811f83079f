//! Pauses before something is tried again.

use std::time::Duration;

/// Doublings until any longest pause is surely reached.
const DOUBLINGS_MAX: u32 = 10;

/// The pause after so many failures before this one: it doubles from `first` up to `longest`. Nothing in it is random, as replays
/// take the same decisions at the same times.
pub(super) fn doubled(first: Duration, longest: Duration, failures: u32) -> Duration {
    first
        .saturating_mul(1 << failures.min(DOUBLINGS_MAX))
        .min(longest)
}
