//! What a pod's reading is, against the one before.

use std::time::Duration;

use super::PodBase;
use crate::engine::reading::PodReading;
use crate::spec::Timestamp;

/// Process start times that differ by no more than this are one process: exporters compute theirs with jitter.
const START_JITTER: Duration = Duration::from_secs(1);

/// What a pod's reading is, against its base.
pub(super) enum PodStep {
    /// The same samples again.
    Stale,
    /// Went on counting: the difference counts.
    Grown,
    /// Started counting anew, and nothing of it was counted yet: the value counts.
    Fresh,
    /// Not comparable.
    Gap,
    /// Not seen before, and of unknown age.
    NewBase,
}

/// What `reading` is, where a pod without a base whose process started after `uncounted_since` was never counted.
pub(super) fn step(
    base: Option<&PodBase>,
    reading: &PodReading,
    edges_ms: &[f64],
    uncounted_since: Option<Timestamp>,
) -> PodStep {
    let Some(PodBase {
        edges_ms: base_edges_ms,
        reading: base,
    }) = base
    else {
        let young = reading
            .started_at
            .zip(uncounted_since)
            .is_some_and(|(started, since)| started > since);
        return if young { PodStep::Fresh } else { PodStep::NewBase };
    };
    if reading.sampled_at <= base.sampled_at {
        return PodStep::Stale;
    }
    let restarted = reading
        .started_at
        .zip(base.started_at)
        .is_some_and(|(now, before)| now.since(before) > START_JITTER || before.since(now) > START_JITTER);
    if restarted {
        return PodStep::Fresh;
    }
    if base_edges_ms != edges_ms || base.parts.len() != reading.parts.len() {
        return PodStep::Gap;
    }
    let pairs =
        || std::iter::once((&reading.requests, &base.requests)).chain(reading.parts.iter().zip(&base.parts));
    if pairs().any(|(now, before)| now.series < before.series) {
        PodStep::Gap
    } else if pairs().any(|(now, before)| now.value < before.value) {
        // A pod is one process: where one of its counters started anew, all did.
        PodStep::Fresh
    } else {
        PodStep::Grown
    }
}
