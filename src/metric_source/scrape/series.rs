//! The series of one endpoint that a template means, and their sum.

use std::fmt;

use regex::Regex;

use super::exposition::{Exposition, Labels, Point};
use super::series_error::SeriesError;
use crate::engine::CounterSum;
use crate::metric_source::patterns::{PatternError, Patterns};
use crate::metric_source::shorten::shorten;
use crate::spec::{Series, Timestamp};

/// A metric name and compiled label patterns.
#[derive(Debug)]
pub(super) struct Selector {
    series: Series,
    patterns: Vec<Regex>,
}

/// A sum, and how old it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    pub(super) counter: CounterSum,
    /// The oldest of its samples; `None` for an empty sum.
    pub(super) oldest: Option<Timestamp>,
}

impl Selector {
    pub(super) fn new(series: &Series, patterns: &Patterns) -> Result<Self, PatternError> {
        let compiled = series.labels.values().map(|pattern| patterns.get(pattern));
        Ok(Self {
            series: series.clone(),
            patterns: compiled.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn metric(&self) -> &str {
        &self.series.metric
    }

    /// Whether the labels match. As in Prometheus, a label that is not there is an empty one.
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        let names = self.series.labels.keys();
        names
            .zip(&self.patterns)
            .all(|(name, pattern)| pattern.is_match(labels.get(name).map_or("", String::as_str)))
    }

    /// The sum of all series that match.
    pub(super) fn sum(&self, exposition: &Exposition) -> Result<Sum, SeriesError> {
        let matching = exposition
            .family(self.metric())
            .filter(|(labels, _)| self.matches(labels));
        add_up(self.metric(), matching)
    }
}

/// As a PromQL selector, shortened.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.series.labels.iter();
        f.write_str(&write_series(self.metric(), "=~", labels))
    }
}

/// The sum of `points`, each of which must be a counter's value.
pub(super) fn add_up<'a>(
    metric: &str,
    points: impl IntoIterator<Item = (&'a Labels, &'a Point)>,
) -> Result<Sum, SeriesError> {
    let mut counter = CounterSum::default();
    let mut oldest = None;
    for (labels, point) in points {
        counter.value += counter_value(metric, labels, point)?;
        counter.series = counter.series.saturating_add(1);
        oldest = Some(oldest.map_or(point.at, |oldest: Timestamp| oldest.min(point.at)));
    }
    if !counter.value.is_finite() {
        let metric = metric.to_owned();
        return Err(SeriesError::Overflow { metric });
    }
    Ok(Sum { counter, oldest })
}

/// A value that a counter can have.
pub(super) fn counter_value(metric: &str, labels: &Labels, point: &Point) -> Result<f64, SeriesError> {
    if point.value.is_finite() && point.value >= 0.0 {
        return Ok(point.value);
    }
    Err(SeriesError::Value {
        line: point.line,
        series: display(metric, labels),
        value: point.value,
    })
}

/// `name{label="value"}`, shortened.
pub(super) fn display(metric: &str, labels: &Labels) -> String {
    write_series(metric, "=", labels.iter())
}

fn write_series<'a>(
    metric: &str,
    relation: &str,
    labels: impl Iterator<Item = (&'a String, &'a String)>,
) -> String {
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}{relation}{value:?}"))
        .collect();
    match labels.as_slice() {
        [] => metric.to_owned(),
        labels => shorten(&format!("{metric}{{{}}}", labels.join(","))),
    }
}
