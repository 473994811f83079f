//! The series of one arm, as a selector.

use std::time::Duration;

use crate::engine::{Arm, PerArm};
use crate::spec::matcher::matcher;
use crate::spec::{ArmLabels, Labels, Metric, Question, Series};

/// What a metric counts: its series without the arm's labels.
pub(super) struct Wanted<'a> {
    /// The name of the series.
    pub(super) name: String,
    /// Their labels, as patterns.
    pub(super) labels: Labels,
    /// The arms' labels, and the pods'.
    pub(super) arms: &'a ArmLabels,
    /// How far before now queries look.
    pub(super) offset: Duration,
}

impl<'a> Wanted<'a> {
    /// The series whose presence says that there is something to count: all requests. Of a histogram that is its last bucket.
    /// `None` for a value.
    pub(super) fn requests(metric: &'a Metric, offset: Duration) -> Option<Self> {
        let arms = metric.arms.as_ref()?;
        let (name, labels) = match &metric.question {
            Question::SuccessRate { requests, .. } => (requests.metric.clone(), requests.labels.clone()),
            Question::Latency { histogram, .. } => {
                let mut labels = histogram.labels.clone();
                labels.insert("le".to_owned(), r"\+Inf".to_owned());
                (format!("{}_bucket", histogram.metric), labels)
            }
            Question::Value { .. } => return None,
        };
        Some(Self {
            name,
            labels,
            arms,
            offset,
        })
    }

    /// Other series of the same arms.
    pub(super) fn other(&self, series: &Series, suffix: &str) -> Self {
        Self {
            name: format!("{}{suffix}", series.metric),
            labels: series.labels.clone(),
            arms: self.arms,
            offset: self.offset,
        }
    }

    /// The labels of one arm.
    pub(super) const fn of(&self, arm: Arm) -> &'a Labels {
        match arm {
            Arm::Canary => &self.arms.canary,
            Arm::Baseline => &self.arms.stable,
        }
    }

    /// The selector of each arm.
    pub(super) fn selectors(&self) -> PerArm<String> {
        PerArm {
            canary: self.selector(Arm::Canary, ""),
            baseline: self.selector(Arm::Baseline, ""),
        }
    }

    /// The selector of one arm, over `range` (such as `[5m]`) or none.
    pub(super) fn selector(&self, arm: Arm, range: &str) -> String {
        let labels = self.labels.iter().chain(self.of(arm));
        selector(&self.name, labels, range, self.offset)
    }

    /// Each label that is asked for in an arm, with its pattern.
    pub(super) fn patterns(&self, arm: Arm) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.labels.iter().chain(self.of(arm));
        labels.map(|(label, pattern)| (label.as_str(), pattern.as_str()))
    }

    /// The metric with this one label.
    pub(super) fn with_label(&self, label: &str, pattern: &str) -> String {
        selector(&self.name, [(label, pattern)], "", self.offset)
    }

    /// The metric whatever its labels.
    pub(super) fn whatever_its_labels(&self) -> String {
        selector::<&str>(&self.name, [], "", self.offset)
    }
}

fn selector<T: AsRef<str>>(
    name: &str,
    labels: impl IntoIterator<Item = (T, T)>,
    range: &str,
    offset: Duration,
) -> String {
    let matchers: Vec<String> = labels
        .into_iter()
        .map(|(label, pattern)| matcher(label.as_ref(), [pattern.as_ref()]))
        .collect();
    let offset = if offset.is_zero() {
        String::new()
    } else {
        format!(" offset {}ms", offset.as_millis())
    };
    if matchers.is_empty() {
        return format!("{name}{range}{offset}");
    }
    format!("{name}{{{}}}{range}{offset}", matchers.join(","))
}
