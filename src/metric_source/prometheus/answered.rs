//! What one answer says to each of those who asked for it.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{VectorRow, parse_vector};
use super::arms::ArmIndex;
use super::query::query;
use super::query_error::QueryError;
use super::reading::reading;
use super::shape::Shape;
use super::sorted::{ArmRows, Sorter};
use super::source::unit_ms;
use crate::engine::{CounterReading, PerArm};
use crate::metric_source::patterns::Patterns;
use crate::spec::{ArmLabels, CheckedCanary, Labels, Metric, Timestamp};

/// Rows of an answer. A bound on memory beside the one on bytes: each row takes some hundred bytes more while it is read.
pub(super) const ROWS_MAX: usize = 500_000;

/// One metric of one Canary.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    /// The Canary's namespace.
    pub(super) namespace: String,
    /// The labels of its arms.
    pub(super) arms: Arc<ArmLabels>,
    /// Milliseconds in one unit of a histogram's `le`.
    pub(super) unit_ms: f64,
    /// When its poll began.
    pub(super) now: Timestamp,
}

impl Asker {
    /// For `metric` of `canary`, with its shape and its arms; `None` for a value, and for what is scraped.
    pub(super) fn of(canary: &CheckedCanary, metric: &Metric, now: Timestamp) -> Option<(Shape, Self)> {
        let (shape, arms) = (Shape::of(metric)?, metric.arms.as_ref()?);
        let asker = Self {
            namespace: canary.namespace.clone(),
            arms: Arc::clone(arms),
            unit_ms: unit_ms(metric),
            now,
        };
        Some((shape, asker))
    }
}

/// Whoever asks gets a reading, or why the source gave none.
pub(super) type Reply = Result<CounterReading, QueryError>;

/// What `body`, the answer to [`query_text`] for the same, says to each of `canaries`: a pure function, as it is measured and
/// fuzzed. `metric` is an index; `now` stands in for the server's time where the answer has none.
///
/// # Errors
/// Where the answer as a whole cannot be used. Canaries of another shape than the first are left out.
pub fn readings(
    body: &[u8],
    canaries: &[CheckedCanary],
    metric: usize,
    now: Timestamp,
) -> Result<Vec<Result<CounterReading, QueryError>>, QueryError> {
    let Some((shape, askers)) = of_one_shape(canaries, metric, now) else {
        return Ok(Vec::new());
    };
    answered(
        &parse_vector(body, ROWS_MAX)?,
        &shape,
        &askers,
        &Patterns::default(),
    )
}

/// The one query that asks for a metric, by its index, of all of `canaries` that have the first one's shape; `None` where it is a value,
/// or there is none.
#[must_use]
pub fn query_text(canaries: &[CheckedCanary], metric: usize) -> Option<String> {
    let (shape, askers) = of_one_shape(canaries, metric, Timestamp::default())?;
    Some(query(&shape, &arms_of(&askers), Duration::ZERO))
}

fn of_one_shape(canaries: &[CheckedCanary], metric: usize, now: Timestamp) -> Option<(Shape, Vec<Asker>)> {
    let mut askers = canaries
        .iter()
        .filter_map(|canary| Asker::of(canary, canary.analysis.metrics.get(metric)?, now))
        .peekable();
    let shape = askers.peek()?.0.clone();
    let askers = askers
        .filter(|(other, _)| *other == shape)
        .map(|(_, asker)| asker)
        .collect();
    Some((shape, askers))
}

/// What `rows` say to each of `askers`, in their order.
///
/// # Errors
/// Where a pattern cannot be used.
pub(super) fn answered(
    rows: &[VectorRow<'_>],
    shape: &Shape,
    askers: &[Asker],
    patterns: &Patterns,
) -> Result<Vec<Reply>, QueryError> {
    let mut index = ArmIndex::new(&arms_of(askers), patterns)?;
    let mut sorter = Sorter::new(shape, &mut index, 2 * askers.len());
    for row in rows {
        sorter.add(&row.labels, row.point.value);
    }
    let read_at = rows.first().map(|row| row.point.time);
    let mut arms = sorter.finish().into_iter();
    let replies = askers.iter().map(|asker| {
        let rows = PerArm {
            canary: arms.next().unwrap_or_default(),
            baseline: arms.next().unwrap_or_default(),
        };
        reply(shape, asker, rows, read_at.unwrap_or(asker.now))
    });
    Ok(replies.collect())
}

/// The arms of all askers: the canary of each, and then its baseline.
pub(super) fn arms_of(askers: &[Asker]) -> Vec<&Labels> {
    askers
        .iter()
        .flat_map(|asker| [&asker.arms.canary, &asker.arms.stable])
        .collect()
}

fn reply(shape: &Shape, asker: &Asker, mut rows: PerArm<ArmRows>, read_at: Timestamp) -> Reply {
    let refused = [&mut rows.canary, &mut rows.baseline]
        .into_iter()
        .find_map(|arm| arm.refused.take());
    if let Some(reason) = refused {
        return Err(reason);
    }
    let pods = rows.map(|mut arm| mem::take(&mut arm.pods));
    if pods.canary.is_empty() && pods.baseline.is_empty() {
        return Err(QueryError::NoSeries {
            wanted: shape.to_string(),
        });
    }
    let reading = reading(&shape.counters, asker.unit_ms, &pods, read_at);
    let of_all = [&reading.arms.canary, &reading.arms.baseline];
    let unreadable = of_all.into_iter().filter(|arm| arm.pods.is_empty());
    // An arm none of whose pods can be counted is not a silent one: what is wrong is in the metric.
    let reason = unreadable.flat_map(|arm| &arm.missing).next();
    let reason = reason.map(|(pod, reason)| format!("pod {pod}: {reason}"));
    reason.map_or(Ok(reading), |reason| Err(QueryError::Rows(reason)))
}
