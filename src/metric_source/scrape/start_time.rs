//! When the process behind an endpoint started.

use super::exposition::Exposition;
use crate::spec::Timestamp;

/// Seconds since the epoch; nearly every client library exposes it.
pub(super) const METRIC: &str = "process_start_time_seconds";

/// The start of the endpoint's oldest process; `None` where it says nothing that can be a time.
///
/// The oldest, because what counts is whether *all* of its counters began after some moment.
pub(super) fn started_at(exposition: &Exposition) -> Option<Timestamp> {
    let starts = exposition.family(METRIC).map(|(_, point)| {
        let known = point.value.is_finite() && point.value > 0.0;
        known.then(|| Timestamp((point.value * 1000.0).round() as u64))
    });
    // `None` is below every time: one process that cannot be dated leaves the whole undated.
    starts.min().flatten()
}
