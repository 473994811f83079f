//! What the rows of an answer say of one pod.

use std::collections::BTreeMap;

use super::query::Part;
use crate::engine::{CounterSum, PodReading};
use crate::metric_source::shorten::shorten;
use crate::spec::Timestamp;

/// The sums of one pod, as far as rows have brought them.
#[derive(Debug, Clone, Default)]
pub(super) struct PodSums {
    requests: f64,
    requests_series: f64,
    errors: f64,
    errors_series: f64,
    /// Of a histogram, cumulative counts by edge, in the order of the rows.
    buckets: Vec<(f64, f64)>,
    sampled_at: Option<Timestamp>,
    /// One for each set of labels that says so.
    started_at: Vec<Timestamp>,
    seen_at: Option<Timestamp>,
    /// The first thing that was wrong.
    refused: Option<String>,
}

/// A histogram that adds up.
pub(super) struct Histogram {
    /// Finite edges as written in `le`, ascending; at least one.
    pub(super) edges: Vec<f64>,
    /// For each edge, how much lies at or below it.
    pub(super) cumulative: Vec<f64>,
    /// Everything.
    pub(super) count: f64,
}

impl PodSums {
    /// Adds a row. A pod whose labels differ otherwise has several: they are summed.
    pub(super) fn add(&mut self, part: Part, le: Option<&str>, value: f64) {
        if !(value.is_finite() && value >= 0.0) {
            self.refuse(|| format!("{part:?} is {value}, but a counter is a finite number and not negative"));
            return;
        }
        let time = || Timestamp((value * 1_000.0).round() as u64);
        let older = |known: Option<Timestamp>| Some(known.map_or_else(time, |known| known.min(time())));
        match (part, le) {
            (Part::Requests, None) => self.requests += value,
            (Part::Requests, Some(le)) => match le.parse::<f64>() {
                Ok(edge) if edge > f64::NEG_INFINITY => self.buckets.push((edge, value)),
                _ => self.refuse(|| format!("a bucket's `le` is `{}`, not a number", shorten(le))),
            },
            (Part::RequestsSeries, _) => self.requests_series += value,
            (Part::Errors, _) => self.errors += value,
            (Part::ErrorsSeries, _) => self.errors_series += value,
            (Part::SampledAt, _) => self.sampled_at = older(self.sampled_at),
            (Part::SeenAt, _) => self.seen_at = older(self.seen_at),
            (Part::StartedAt, _) => self.started_at.push(time()),
        }
    }

    /// The sums that a success rate is judged by. `read_at` stands in for a sample's time that is not known.
    ///
    /// # Errors
    /// What was wrong with a row.
    pub(super) fn success_rate(&self, read_at: Timestamp) -> Result<PodReading, String> {
        let errors = sum(self.errors, self.errors_series);
        self.reading(read_at, sum(self.requests, self.requests_series), vec![errors])
    }

    /// The histogram, if the pod has one.
    ///
    /// # Errors
    /// What was wrong with a row, or why the buckets do not add up.
    pub(super) fn histogram(&self) -> Result<Option<Histogram>, String> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        if self.buckets.is_empty() {
            return Ok(None);
        }
        let mut buckets = self.buckets.clone();
        buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        // Series that write one edge as `1` and as `1.0` have it in two rows. Merged here: looking each up as it comes would take
        // minutes where a server sends a hundred thousand.
        buckets.dedup_by(|(edge, value), (kept, sum)| {
            let is_same = edge == kept;
            if is_same {
                *sum += *value;
            }
            is_same
        });
        for pair in buckets.windows(2) {
            let [(lower, below), (upper, value)] = pair else {
                continue;
            };
            if below > value {
                return Err(format!(
                    "buckets are not cumulative: {below} at le={lower}, {value} at le={upper}"
                ));
            }
        }
        let Some((_, count)) = buckets.pop_if(|(edge, _)| edge.is_infinite()) else {
            return Err("the histogram has no bucket with le=\"+Inf\"".to_owned());
        };
        if buckets.is_empty() {
            return Err("the histogram has no bucket with a finite edge".to_owned());
        }
        let (edges, cumulative) = buckets.into_iter().unzip();
        Ok(Some(Histogram {
            edges,
            cumulative,
            count,
        }))
    }

    /// What a latency is judged by: `histogram`, or zeros for `edges` edges where the pod has none yet.
    ///
    /// # Errors
    /// What was wrong with a row.
    pub(super) fn latency(
        &self,
        histogram: Option<&Histogram>,
        edges: usize,
        read_at: Timestamp,
    ) -> Result<PodReading, String> {
        let Some(Histogram {
            cumulative, count, ..
        }) = histogram
        else {
            return self.reading(read_at, CounterSum::default(), vec![CounterSum::default(); edges]);
        };
        let part = |value: &f64| sum(*value, self.requests_series);
        self.reading(read_at, part(count), cumulative.iter().map(part).collect())
    }

    fn reading(
        &self,
        read_at: Timestamp,
        requests: CounterSum,
        parts: Vec<CounterSum>,
    ) -> Result<PodReading, String> {
        let is_beyond_numbers = |sum: &CounterSum| sum.value.is_infinite();
        match &self.refused {
            Some(refused) => Err(refused.clone()),
            None if is_beyond_numbers(&requests) || parts.iter().any(is_beyond_numbers) => {
                Err("a sum is too large for a number".to_owned())
            }
            None => Ok(PodReading {
                // Of several processes nobody knows whose counters these are.
                started_at: match self.started_at[..] {
                    [only] => Some(only),
                    _ => None,
                },
                sampled_at: self.sampled_at.or(self.seen_at).unwrap_or(read_at),
                requests,
                parts,
            }),
        }
    }

    fn refuse(&mut self, reason: impl FnOnce() -> String) {
        self.refused.get_or_insert_with(reason);
    }
}

fn sum(value: f64, series: f64) -> CounterSum {
    CounterSum {
        value,
        // A float's whole number saturates.
        series: series as u32,
    }
}

/// Pods by name.
pub(super) type Pods = BTreeMap<String, PodSums>;

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(pod: &mut PodSums, le: &str, value: f64) {
        pod.add(Part::Requests, Some(le), value);
    }

    #[test]
    fn an_edge_that_is_written_in_two_ways_is_one() {
        let mut pod = PodSums::default();
        for (le, value) in [("+Inf", 9.0), ("1", 3.0), ("1.0", 4.0), ("0.5", 2.0)] {
            bucket(&mut pod, le, value);
        }
        let histogram = pod.histogram().unwrap().unwrap();
        assert_eq!(
            (histogram.edges, histogram.cumulative, histogram.count),
            (vec![0.5, 1.0], vec![2.0, 7.0], 9.0)
        );
    }

    #[test]
    fn a_sum_beyond_all_numbers_is_refused() {
        let mut pod = PodSums::default();
        pod.add(Part::Requests, None, f64::MAX);
        pod.add(Part::Requests, None, f64::MAX);
        let refused = pod.success_rate(Timestamp(0)).unwrap_err();
        assert_eq!(refused, "a sum is too large for a number");
    }
}
