//! A range query's answer, turned round: by time first, then by arm and pod.

use std::collections::BTreeMap;

use super::answer::{Answer, AnswerError};
use super::arms::ArmIndex;
use super::query::Labels;
use super::query_error::QueryError;
use super::shape::Shape;
use super::sorted::{ArmRows, Sorter};
use crate::metric_source::patterns::Patterns;
use crate::spec::Timestamp;

/// Series of a range: five parts, twenty buckets, hundreds of pods.
const SERIES_MAX: usize = 50_000;

/// What each of `arms` had, at each step that had anything, oldest first.
///
/// # Errors
/// Why the answer cannot be used.
pub(super) fn steps(
    answer: &Answer,
    shape: &Shape,
    arms: &[&Labels],
    patterns: &Patterns,
) -> Result<BTreeMap<Timestamp, Vec<ArmRows>>, QueryError> {
    let mut index = ArmIndex::new(arms, patterns)?;
    let rows = answer
        .matrix(SERIES_MAX)
        .map_err(|error: AnswerError| QueryError::Answer(error))?;
    let mut by_time: BTreeMap<Timestamp, Vec<(usize, f64)>> = BTreeMap::new();
    for (row, series) in rows.iter().enumerate() {
        for point in &series.points {
            by_time.entry(point.time).or_default().push((row, point.value));
        }
    }
    let sorted = by_time.into_iter().map(|(time, values)| {
        let mut sorter = Sorter::new(shape, &mut index, arms.len());
        for (row, value) in values {
            sorter.add(&rows[row].labels, value);
        }
        (time, sorter.finish())
    });
    Ok(sorted.collect())
}
