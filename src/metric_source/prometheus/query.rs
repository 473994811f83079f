//! The text of a query. Matchers are built and quoted here, never pasted.
//!
//! Everything that a poll needs of a shape comes from one instant query, so that all of it is of one moment. The parts are told
//! apart by the label [`PART`]:
//!
//! ```text
//!    label_replace(sum by (arm labels, pod) (requests{…}), "serin_part", "requests", "", "")
//! or label_replace(count by (…) (requests{…}), "serin_part", "requests_series", "", "")
//! or …
//! ```
//!
//! The counters are summed raw: `rate()` and `increase()` extrapolate, and counts have to be exact. An instant query stamps its
//! answer with its own time, so the samples' times come from `timestamp()`.

use std::fmt::Write;
use std::time::Duration;

use super::shape::{Counters, Shape};
use crate::spec::matcher::matcher;
use crate::spec::{Labels, Series};

/// The label that tells the parts of an answer apart.
pub(super) const PART: &str = "serin_part";

/// Client libraries expose when their process started under this name.
const START_TIME: &str = "process_start_time_seconds";

/// What a row of an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Sum of the requests; of a histogram its `_bucket` series, by `le`.
    Requests,
    /// Number of series in it.
    RequestsSeries,
    /// Sum of the errors.
    Errors,
    /// Number of series in it.
    ErrorsSeries,
    /// Oldest sample among the requests, in seconds since the epoch.
    SampledAt,
    /// When the pod's process started, in seconds since the epoch.
    StartedAt,
    /// Time of the sample that says so: a pod that has served nothing yet has this at least.
    SeenAt,
}

impl Part {
    const ALL: [Self; 7] = [
        Self::Requests,
        Self::RequestsSeries,
        Self::Errors,
        Self::ErrorsSeries,
        Self::SampledAt,
        Self::StartedAt,
        Self::SeenAt,
    ];

    /// The value of [`PART`].
    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::RequestsSeries => "requests_series",
            Self::Errors => "errors",
            Self::ErrorsSeries => "errors_series",
            Self::SampledAt => "sampled_at",
            Self::StartedAt => "started_at",
            Self::SeenAt => "seen_at",
        }
    }

    /// The part of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// The query for a shape and the arms that are asked for, of `offset` ago.
pub(super) fn query(shape: &Shape, arms: &[&Labels], offset: Duration) -> String {
    let united = united(shape, arms);
    let select = |series: &Series, suffix: &str| Selector {
        text: selector(series, suffix, &united, offset),
        shape,
    };
    let start = Series {
        metric: START_TIME.to_owned(),
        labels: Labels::new(),
    };
    let start = select(&start, "");
    let mut parts = match &shape.counters {
        Counters::SuccessRate { requests, errors } => {
            let (requests, errors) = (select(requests, ""), select(errors, ""));
            vec![
                requests.part(Part::Requests, "sum", &[]),
                requests.part(Part::RequestsSeries, "count", &[]),
                errors.part(Part::Errors, "sum", &[]),
                errors.part(Part::ErrorsSeries, "count", &[]),
                requests.time(Part::SampledAt, "min"),
            ]
        }
        Counters::Latency { histogram } => {
            let buckets = select(histogram, "_bucket");
            let mut everything = histogram.clone();
            everything.labels.insert("le".to_owned(), r"\+Inf".to_owned());
            vec![
                buckets.part(Part::Requests, "sum", &["le"]),
                buckets.part(Part::RequestsSeries, "count", &[]),
                select(&everything, "_bucket").time(Part::SampledAt, "min"),
            ]
        }
    };
    parts.push(start.start_time());
    parts.push(start.time(Part::SeenAt, "min"));
    parts.join(" or ")
}

/// A matcher for each arm label that lets all of `arms` through. Together they may let more through (the workload of one in the
/// namespace of another): whoever reads the answer takes it apart.
fn united(shape: &Shape, arms: &[&Labels]) -> Vec<String> {
    let patterns = |label: &String| {
        arms.iter()
            .filter_map(|arm| arm.get(label))
            .map(String::as_str)
            .collect::<Vec<_>>()
    };
    let labels = shape.arm_labels.iter();
    labels.map(|label| matcher(label, patterns(label))).collect()
}

fn selector(series: &Series, suffix: &str, united: &[String], offset: Duration) -> String {
    let own = series
        .labels
        .iter()
        .map(|(label, pattern)| matcher(label, [pattern.as_str()]));
    let matchers: Vec<String> = own.chain(united.iter().cloned()).collect();
    let mut text = format!("{}{suffix}{{{}}}", series.metric, matchers.join(","));
    if !offset.is_zero() {
        let _ = write!(text, " offset {}ms", offset.as_millis());
    }
    text
}

/// The series of one metric that all arms together have.
struct Selector<'a> {
    text: String,
    shape: &'a Shape,
}

impl Selector<'_> {
    fn part(&self, part: Part, aggregation: &str, more_labels: &[&str]) -> String {
        self.aggregated(part, aggregation, more_labels, &self.text)
    }

    fn time(&self, part: Part, aggregation: &str) -> String {
        self.aggregated(part, aggregation, &[], &format!("timestamp({})", self.text))
    }

    /// Only where a pod exposes one: of several processes nobody knows which counts.
    fn start_time(&self) -> String {
        let by = self.by(&[]);
        let start = &self.text;
        labelled(
            Part::StartedAt,
            &format!("max {by} ({start}) and count {by} ({start}) == 1"),
        )
    }

    fn aggregated(&self, part: Part, aggregation: &str, more_labels: &[&str], of: &str) -> String {
        labelled(part, &format!("{aggregation} {} ({of})", self.by(more_labels)))
    }

    fn by(&self, more_labels: &[&str]) -> String {
        let shape = self.shape;
        let mut by: Vec<&str> = shape.arm_labels.iter().map(String::as_str).collect();
        by.extend(Some(shape.pod.as_str()).filter(|pod| !shape.arm_labels.iter().any(|label| label == pod)));
        by.extend(more_labels);
        format!("by ({})", by.join(", "))
    }
}

fn labelled(part: Part, of: &str) -> String {
    format!(r#"label_replace({of}, "{PART}", "{}", "", "")"#, part.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        let owned = pairs
            .iter()
            .map(|(label, pattern)| ((*label).into(), (*pattern).into()));
        owned.collect()
    }

    fn series(metric: &str, pairs: &[(&str, &str)]) -> Series {
        Series {
            metric: metric.into(),
            labels: labels(pairs),
        }
    }

    #[test]
    fn one_query_has_all_parts_of_all_arms() {
        let shape = Shape {
            counters: Counters::SuccessRate {
                requests: series("http_requests_total", &[]),
                errors: series("http_requests_total", &[("code", "5..")]),
            },
            arm_labels: vec!["app".into()],
            pod: "pod".into(),
        };
        let (a, b) = (labels(&[("app", "a")]), labels(&[("app", "b")]));
        let text = query(&shape, &[&a, &b], Duration::ZERO);
        let expected = [
            r#"label_replace(sum by (app, pod) (http_requests_total{app=~"a|b"}), "serin_part", "requests", "", "")"#,
            r#"label_replace(count by (app, pod) (http_requests_total{app=~"a|b"}), "serin_part", "requests_series", "", "")"#,
            r#"label_replace(sum by (app, pod) (http_requests_total{code=~"5..",app=~"a|b"}), "serin_part", "errors", "", "")"#,
            r#"label_replace(count by (app, pod) (http_requests_total{code=~"5..",app=~"a|b"}), "serin_part", "errors_series", "", "")"#,
            r#"label_replace(min by (app, pod) (timestamp(http_requests_total{app=~"a|b"})), "serin_part", "sampled_at", "", "")"#,
            r#"label_replace(max by (app, pod) (process_start_time_seconds{app=~"a|b"}) and count by (app, pod) (process_start_time_seconds{app=~"a|b"}) == 1, "serin_part", "started_at", "", "")"#,
            r#"label_replace(min by (app, pod) (timestamp(process_start_time_seconds{app=~"a|b"})), "serin_part", "seen_at", "", "")"#,
        ];
        assert_eq!(text.split(" or ").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_histogram_is_its_buckets_and_a_pod_label_among_the_arms_own_stands_once() {
        let shape = Shape {
            counters: Counters::Latency {
                histogram: series("latency_seconds", &[]),
            },
            arm_labels: vec!["pod".into()],
            pod: "pod".into(),
        };
        let text = query(
            &shape,
            &[&labels(&[("pod", r"a\-.*")])],
            Duration::from_millis(1_500),
        );
        let first = r#"label_replace(sum by (pod, le) (latency_seconds_bucket{pod=~"a\\-.*"} offset 1500ms), "serin_part", "requests", "", "")"#;
        assert_eq!(text.split(" or ").next(), Some(first));
        assert!(
            text.contains(r#"timestamp(latency_seconds_bucket{le="+Inf",pod=~"a\\-.*"} offset 1500ms)"#),
            "{text}"
        );
    }
}
