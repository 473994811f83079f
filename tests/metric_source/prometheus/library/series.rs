//! Series at two moments, and how exporters write histograms.

use serin::spec::Timestamp;

use super::traffic::Pod;
use crate::world::samples::Samples;

/// One series, at the first look and at the second.
#[derive(Debug, Clone)]
pub(super) struct Series {
    name: String,
    labels: Vec<(&'static str, String)>,
    first: Option<f64>,
    then: f64,
}

impl Series {
    pub(super) fn new(
        name: &str,
        labels: Vec<(&'static str, String)>,
        (first, then): (Option<f64>, f64),
    ) -> Self {
        Self {
            name: name.to_owned(),
            labels,
            first,
            then,
        }
    }

    /// With one more label.
    pub(super) fn label(mut self, name: &'static str, value: &str) -> Self {
        self.labels.push((name, value.to_owned()));
        self
    }

    /// Whether this is its name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name
    }

    /// As it is at the first look.
    pub(super) fn at_first(&self, at: Timestamp) -> Option<Samples> {
        Some(self.samples().at(at, self.first?))
    }

    /// As it is at the second.
    pub(super) fn then(&self, at: Timestamp) -> Samples {
        self.samples().at(at, self.then)
    }

    fn samples(&self) -> Samples {
        let labels: Vec<(&str, &str)> = self
            .labels
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Samples::of(&self.name, &labels)
    }
}

/// Finite bucket edges, as `le` has them.
pub(super) type Edges = [&'static str];

/// A classic histogram of what `pod` answered with one of `codes`; an edge of 1 is `unit_ms` milliseconds.
pub(super) fn histogram(
    name: &str,
    labels: &[(&'static str, String)],
    (edges, unit_ms): (&Edges, f64),
    pod: &Pod,
    codes: &[&str],
) -> Vec<Series> {
    let up_to = |edge_ms: f64| {
        let (first, then) = pod.count(|answered| codes.contains(&answered.code) && answered.ms <= edge_ms);
        // All buckets of a histogram come at once.
        let is_there = pod.count(|answered| codes.contains(&answered.code)).0.is_some();
        (is_there.then(|| first.unwrap_or_default()), then)
    };
    let bucket = |le: &str, edge_ms| {
        Series::new(&format!("{name}_bucket"), labels.to_vec(), up_to(edge_ms)).label("le", le)
    };
    let finite = edges
        .iter()
        .map(|le| bucket(le, le.parse::<f64>().unwrap() * unit_ms));
    let whole = [
        bucket("+Inf", f64::INFINITY),
        Series::new(&format!("{name}_count"), labels.to_vec(), up_to(f64::INFINITY)),
    ];
    finite.chain(whole).collect()
}
