//! The daemon's own `/metrics`.

use std::collections::BTreeMap;
use std::time::Duration;

/// A page, as it was at one time.
pub(crate) struct MetricsPage(String);

/// Durations between two pages, by the upper bounds of their buckets.
pub(crate) struct Histogram {
    /// Bound in microseconds, and how many were at or below it; the last one has no bound.
    below: BTreeMap<u64, u64>,
}

impl MetricsPage {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// What a histogram took between an earlier page and this one.
    pub(crate) fn since(&self, before: &Self, name: &str, label: &str) -> Histogram {
        let mut below = self.buckets(name, label);
        for (bound, count) in before.buckets(name, label) {
            if let Some(below) = below.get_mut(&bound) {
                *below -= count;
            }
        }
        Histogram { below }
    }

    fn buckets(&self, name: &str, label: &str) -> BTreeMap<u64, u64> {
        let mut buckets = BTreeMap::new();
        for (labels, count) in self.samples(&format!("{name}_bucket")) {
            let bound = labels
                .split_once("le=\"")
                .and_then(|(_, rest)| rest.split_once('"')?.0.parse::<f64>().ok());
            if let Some(bound) = bound.filter(|_| labels.contains(label)) {
                // Infinity becomes the largest number there is.
                *buckets.entry((bound * 1e6) as u64).or_default() += count as u64;
            }
        }
        buckets
    }

    fn samples<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = rest.rsplit_once(' ')?;
            let is_whole = labels.is_empty() || labels.starts_with('{');
            is_whole.then(|| Some((labels, value.parse().ok()?)))?
        })
    }
}

impl Histogram {
    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.below.values().last().copied().unwrap_or_default()
    }

    /// The bound of the bucket in which this share of all is reached, in words: nothing finer is known.
    pub(crate) fn at_most(&self, share: f64) -> String {
        let wanted = (share * self.count() as f64).ceil() as u64;
        let bound = self.below.iter().find(|&(_, &below)| below >= wanted);
        match bound {
            Some((&bound, _)) if bound < u64::MAX => {
                format!(
                    "at most {} ms",
                    Duration::from_micros(bound).as_secs_f64() * 1000.0
                )
            }
            _ => "longer than the last bucket".to_owned(),
        }
    }
}
