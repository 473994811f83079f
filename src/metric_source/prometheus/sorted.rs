//! The rows of an answer, sorted to the arms and pods that they are of.

use super::answer::Labels as RowLabels;
use super::arms::ArmIndex;
use super::pod::Pods;
use super::query::{PART, Part};
use super::shape::Shape;
use crate::metric_source::shorten::shorten;

/// Pods that one arm may have in one answer: a workload of more is not one that a person rolls out. Each takes about a KiB.
const PODS_MAX: usize = 10_000;

/// What an answer has for one arm.
#[derive(Debug, Clone, Default)]
pub(super) struct ArmRows {
    pub(super) pods: Pods,
    /// The first thing that was wrong with a row that no pod can be blamed for.
    pub(super) refused: Option<String>,
}

/// Sorts rows into `arms` arms, by an index of those.
pub(super) struct Sorter<'a> {
    shape: &'a Shape,
    index: &'a mut ArmIndex,
    arms: Vec<ArmRows>,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(shape: &'a Shape, index: &'a mut ArmIndex, arms: usize) -> Self {
        Self {
            shape,
            index,
            arms: vec![ArmRows::default(); arms],
        }
    }

    /// Takes one row in. A row that nobody asked for is passed over: united matchers let some through.
    pub(super) fn add(&mut self, labels: &RowLabels<'_>, value: f64) {
        let label = |name: &str| labels.get(name).unwrap_or_default();
        let Some(part) = Part::named(label(PART)) else {
            return;
        };
        let values: Vec<&str> = self.shape.arm_labels.iter().map(|name| label(name)).collect();
        let pod = label(&self.shape.pod);
        for &arm in self.index.find(&values) {
            // Every position in the index is one of the arms that it was made of.
            if let Some(arm) = self.arms.get_mut(arm) {
                arm.add(pod, &self.shape.pod, part, labels.get("le"), value);
            }
        }
    }

    /// What each arm got, by its position.
    pub(super) fn finish(self) -> Vec<ArmRows> {
        self.arms
    }
}

impl ArmRows {
    fn add(&mut self, pod: &str, pod_label: &str, part: Part, le: Option<&str>, value: f64) {
        if pod.is_empty() && matches!(part, Part::StartedAt | Part::SeenAt) {
            // Somebody else's process.
            return;
        }
        if pod.is_empty() {
            self.refused.get_or_insert_with(|| {
                format!("series without the label `{pod_label}`, which tells pods apart; hint: name the right one in the template's `pod`")
            });
            return;
        }
        if let Some(sums) = self.pods.get_mut(pod) {
            return sums.add(part, le, value);
        }
        if self.pods.len() == PODS_MAX {
            self.refused
                .get_or_insert_with(|| format!("more than {PODS_MAX} pods, such as {}", shorten(pod)));
            return;
        }
        self.pods.entry(pod.to_owned()).or_default().add(part, le, value);
    }
}
