//! A latency histogram of every endpoint, in one layout.

use super::absence::explain;
use super::histogram::Histogram;
use super::scrapes::{Answers, Scrapes};
use super::series::Selector;
use super::start_time::started_at;
use crate::engine::{CounterReading, CounterSum, PerArm, PodReading};
use crate::metric_source::layout;
use crate::spec::Timestamp;

/// What the buckets of one endpoint said.
struct Pod {
    started_at: Option<Timestamp>,
    histogram: Option<Histogram>,
}

/// Reads a latency. `unit_ms` is the number of milliseconds in one unit of `le`.
///
/// All endpoints of both arms must have the same bucket edges: else nothing can be compared, and every
/// endpoint is missing with the reason. That holds the whole metric, and not only one arm: a new version
/// with new buckets is not a silent one. An endpoint without the histogram (a vector without children yet)
/// reads as zeros in the others' layout. Where no endpoint has it there is no layout, and all are missing.
pub(super) fn read(selector: &Selector, unit_ms: f64, scrapes: &Scrapes, now: Timestamp) -> CounterReading {
    let answers = scrapes.each(|exposition| {
        Ok(Pod {
            started_at: started_at(exposition),
            histogram: Histogram::read(selector, exposition)?,
        })
    });
    let layout = match common_layout(&answers, unit_ms) {
        Ok(Some(layout)) => layout,
        Ok(None) => return refused(answers, &explain(selector, "_bucket", scrapes).to_string(), now),
        Err(reason) => return refused(answers, &reason, now),
    };
    let arms = answers.map(|answers| {
        answers.into_reading(|pod| {
            let oldest = pod
                .histogram
                .as_ref()
                .and_then(|histogram| histogram.count.oldest);
            let (requests, parts) = match pod.histogram {
                Some(histogram) => (histogram.count.counter, histogram.cumulative),
                None => (CounterSum::default(), vec![CounterSum::default(); layout.len()]),
            };
            PodReading {
                started_at: pod.started_at,
                sampled_at: oldest.unwrap_or(now),
                requests,
                parts,
            }
        })
    });
    CounterReading {
        edges_ms: layout,
        arms,
        read_at: now,
    }
}

/// The edges in milliseconds that all histograms share, or `None` where there is no histogram.
fn common_layout(answers: &PerArm<Answers<Pod>>, unit_ms: f64) -> Result<Option<Vec<f64>>, String> {
    let histograms = [&answers.baseline, &answers.canary]
        .into_iter()
        .flat_map(|arm| &arm.pods)
        .filter_map(|(endpoint, pod)| Some((endpoint.as_str(), &*pod.histogram.as_ref()?.edges)));
    layout::common(histograms, unit_ms)
}

fn refused(answers: PerArm<Answers<Pod>>, reason: &str, now: Timestamp) -> CounterReading {
    CounterReading {
        edges_ms: Vec::new(),
        arms: answers.map(|answers| answers.refused(reason)),
        read_at: now,
    }
}
