//! What a query asks, whoever it asks for.

use std::fmt;

use crate::spec::matcher::matcher;
use crate::spec::{ArmLabels, Metric, Question, Series};

/// Canaries whose metrics have one shape are answered by one request: they ask for the same counters and tell their arms apart by
/// the same labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// What is counted.
    pub(super) counters: Counters,
    /// The labels that tell arms apart, ascending; at least one.
    pub(super) arm_labels: Vec<String>,
    /// The label that tells pods apart.
    pub(super) pod: String,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Counters {
    /// Requests and the bad ones among them.
    SuccessRate {
        /// All.
        requests: Series,
        /// The bad ones.
        errors: Series,
    },
    /// A classic histogram, by its family's name.
    Latency {
        /// The family.
        histogram: Series,
    },
}

/// What is asked for, as a selector without the arms' labels.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (series, suffix) = match &self.counters {
            Counters::SuccessRate { requests, .. } => (requests, ""),
            Counters::Latency { histogram } => (histogram, "_bucket"),
        };
        let labels = series
            .labels
            .iter()
            .map(|(label, pattern)| matcher(label, [pattern.as_str()]));
        let arms = self.arm_labels.iter().map(|label| format!("{label}=…"));
        let labels: Vec<String> = labels.chain(arms).collect();
        write!(f, "{}{suffix}{{{}}}", series.metric, labels.join(","))
    }
}

impl Shape {
    /// The shape of a metric that counts something in a Prometheus server; `None` for another.
    pub(super) fn of(metric: &Metric) -> Option<Self> {
        let ArmLabels { stable, pod, .. } = metric.arms.as_deref()?;
        let counters = match &metric.question {
            Question::SuccessRate { requests, errors } => Counters::SuccessRate {
                requests: requests.clone(),
                errors: errors.clone(),
            },
            Question::Latency { histogram, .. } => Counters::Latency {
                histogram: histogram.clone(),
            },
            Question::Value { .. } => return None,
        };
        Some(Self {
            counters,
            arm_labels: stable.keys().cloned().collect(),
            pod: pod.clone(),
        })
    }
}
