//! A classic histogram of one endpoint: `name_bucket{le="…"}` and `name_count`.

use std::collections::BTreeMap;

use super::exposition::{Exposition, Labels};
use super::series::{Selector, Sum, add_up, counter_value, display};
use super::series_error::SeriesError;
use crate::engine::CounterSum;

/// All histograms of one endpoint that a template means, summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    /// Finite edges as written in `le`, ascending; at least one.
    pub(super) edges: Vec<f64>,
    /// For each edge, how much lies at or below it.
    pub(super) cumulative: Vec<CounterSum>,
    /// Everything.
    pub(super) count: Sum,
}

/// The two metric names that a histogram is read from.
pub(super) fn metric_names(histogram: &str) -> [String; 2] {
    [format!("{histogram}_bucket"), format!("{histogram}_count")]
}

impl Histogram {
    /// The sum of the histograms that `selector` means, or `None` where the endpoint has none.
    pub(super) fn read(selector: &Selector, exposition: &Exposition) -> Result<Option<Self>, SeriesError> {
        let [bucket_name, count_name] = metric_names(selector.metric());
        let groups = group(selector, &bucket_name, exposition)?;
        let counts: Vec<_> = exposition
            .family(&count_name)
            .filter(|(labels, _)| selector.matches(labels))
            .collect();
        for (labels, count) in &counts {
            if !groups.contains_key(*labels) {
                let series = display(&count_name, labels);
                let line = count.line;
                return Err(SeriesError::NoBuckets { line, series });
            }
        }
        let Some((first, buckets)) = groups.first_key_value() else {
            return Ok(None);
        };
        let edges = finite_edges(buckets);
        let mut cumulative = vec![CounterSum::default(); edges.len()];
        for (labels, buckets) in &groups {
            check(&bucket_name, &count_name, labels, buckets, exposition)?;
            if finite_edges(buckets) != edges {
                return Err(SeriesError::Layout {
                    series: display(&bucket_name, labels),
                    other: display(&bucket_name, first),
                });
            }
            for (sum, bucket) in cumulative.iter_mut().zip(buckets) {
                sum.value += bucket.value;
                sum.series = sum.series.saturating_add(1);
            }
        }
        Ok(Some(Self {
            edges,
            cumulative,
            count: add_up(&count_name, counts)?,
        }))
    }
}

/// One bucket series.
#[derive(Debug)]
struct Bucket {
    edge: f64,
    value: f64,
    line: usize,
}

/// The buckets of each histogram, by its labels without `le`, in ascending order of their edges.
fn group(
    selector: &Selector,
    bucket_name: &str,
    exposition: &Exposition,
) -> Result<BTreeMap<Labels, Vec<Bucket>>, SeriesError> {
    let mut groups: BTreeMap<Labels, Vec<Bucket>> = BTreeMap::new();
    for (labels, point) in exposition.family(bucket_name) {
        let mut own = labels.clone();
        let le = own.remove("le");
        if !selector.matches(&own) {
            continue;
        }
        let edge = le
            .and_then(|le| le.parse().ok())
            .filter(|edge: &f64| *edge > f64::NEG_INFINITY)
            .ok_or_else(|| SeriesError::Edge {
                line: point.line,
                series: display(bucket_name, labels),
            })?;
        groups.entry(own).or_default().push(Bucket {
            edge,
            value: counter_value(bucket_name, labels, point)?,
            line: point.line,
        });
    }
    for buckets in groups.values_mut() {
        buckets.sort_by(|a, b| a.edge.total_cmp(&b.edge));
    }
    Ok(groups)
}

/// Whether one histogram adds up.
fn check(
    bucket_name: &str,
    count_name: &str,
    labels: &Labels,
    buckets: &[Bucket],
    exposition: &Exposition,
) -> Result<(), SeriesError> {
    let series = || display(bucket_name, labels);
    for pair in buckets.windows(2) {
        let [lower, upper] = pair else { continue };
        if lower.edge == upper.edge {
            return Err(SeriesError::SameEdge {
                first: lower.line.min(upper.line),
                second: lower.line.max(upper.line),
                series: series(),
            });
        }
        if lower.value > upper.value {
            return Err(SeriesError::NotCumulative {
                lower: lower.line,
                upper: upper.line,
                series: series(),
                lower_value: lower.value,
                upper_value: upper.value,
            });
        }
    }
    let infinity = match buckets {
        [.., last] if last.edge != f64::INFINITY => return Err(SeriesError::NoInfinity { series: series() }),
        [] | [_] => return Err(SeriesError::NoFiniteEdge { series: series() }),
        [.., last] => last.value,
    };
    let count_series = || display(count_name, labels);
    let point = exposition
        .series(count_name, labels)
        .ok_or_else(|| SeriesError::NoCount {
            series: count_series(),
        })?;
    let count = counter_value(count_name, labels, point)?;
    if count != infinity {
        return Err(SeriesError::CountDiffers {
            line: point.line,
            series: count_series(),
            count,
            infinity,
        });
    }
    Ok(())
}

fn finite_edges(buckets: &[Bucket]) -> Vec<f64> {
    let edges = buckets.iter().map(|bucket| bucket.edge);
    edges.filter(|edge| edge.is_finite()).collect()
}
