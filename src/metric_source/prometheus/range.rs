//! A shape asked for over a range, its answer turned round: by time first, then by arm and pod.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::answer::Answer;
use super::arms::ArmIndex;
use super::client::Client;
use super::pod::Pods;
use super::query::query;
use super::query_error::QueryError;
use super::shape::Shape;
use super::sorted::Sorter;
use crate::metric_source::patterns::Patterns;
use crate::spec::{Labels, Timestamp};

/// Series of a range: five parts, twenty buckets, hundreds of pods.
const SERIES_MAX: usize = 50_000;

/// What each arm's pods had, at each step that had anything, oldest first.
pub(super) type Steps = BTreeMap<Timestamp, Vec<Pods>>;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub(super) shape: Shape,
    /// Each arm's; in their order its pods stand in [`Steps`].
    pub(super) arms: Vec<Labels>,
    /// Time between two steps.
    pub(super) step: Duration,
}

impl Range {
    /// What `made_of` makes of the steps from `from` to `to`, on a thread that may block: an hour by the second has millions of numbers.
    ///
    /// # Errors
    /// Why there is no answer, or why it cannot be used.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        (from, to): (Timestamp, Timestamp),
        client: &Client,
        patterns: &Arc<Patterns>,
        made_of: impl FnOnce(Steps) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        let text = query(&self.shape, &self.labels(), client.settings().query_offset);
        let answer = client.query_range(&text, from, to, self.step).await?;
        let (range, patterns) = (self.clone(), Arc::clone(patterns));
        let read = spawn_blocking(move || range.steps(&answer, &patterns).map(made_of));
        read.await.unwrap_or(Err(QueryError::GivenUp))
    }

    fn labels(&self) -> Vec<&Labels> {
        self.arms.iter().collect()
    }

    fn steps(&self, answer: &Answer, patterns: &Patterns) -> Result<Steps, QueryError> {
        let mut index = ArmIndex::new(&self.labels(), patterns)?;
        let rows = answer.matrix(SERIES_MAX)?;
        let mut by_time: BTreeMap<Timestamp, Vec<(usize, f64)>> = BTreeMap::new();
        for (row, series) in rows.iter().enumerate() {
            for point in &series.points {
                by_time.entry(point.time).or_default().push((row, point.value));
            }
        }
        let steps = by_time.into_iter().map(|(time, values)| {
            let mut sorter = Sorter::new(&self.shape, &mut index, self.arms.len());
            for (row, value) in values {
                sorter.add(&rows[row].labels, value);
            }
            let arms = sorter.finish().into_iter().map(|arm| match arm.refused {
                Some(reason) => Err(reason),
                None => Ok(arm.pods),
            });
            Ok((time, arms.collect::<Result<_, _>>()?))
        });
        steps.collect()
    }
}
