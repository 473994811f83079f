//! The rows of an answer, sorted to the arms and pods that they are of.

use super::answer::Labels as RowLabels;
use super::arms::ArmIndex;
use super::pod::Pods;
use super::query::{PART, Part};
use super::query_error::QueryError;
use super::shape::Shape;
use crate::metric_source::shorten::shorten;

/// Pods that one arm may have in one answer: a workload of more is not one that a person rolls out. Each takes about a KiB.
const PODS_MAX: usize = 10_000;

/// What an answer has for one arm.
#[derive(Debug, Clone, Default)]
pub(super) struct ArmRows {
    pub(super) pods: Pods,
    /// The first thing that was wrong with a row that no pod can be blamed for.
    pub(super) refused: Option<QueryError>,
}

/// Sorts rows into `arms` arms, by an index of those. Where one asker has two, they stand side by side, the first at an even position.
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
        let found = self.index.find(&values);
        for &position in found {
            // Every position in the index is one of the arms that it was made of.
            let Some(arm) = self.arms.get_mut(position) else {
                continue;
            };
            if found.contains(&(position ^ 1)) {
                arm.refuse(|| QueryError::SharedSeries { pod: shorten(pod) });
            }
            arm.add(pod, &self.shape.pod, part, labels.get("le"), value);
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
            self.refuse(|| {
                QueryError::Rows(format!(
                    "series without the label `{pod_label}`, which tells pods apart; hint: name the right one in the template's `pod`"
                ))
            });
            return;
        }
        if let Some(sums) = self.pods.get_mut(pod) {
            return sums.add(part, le, value);
        }
        if self.pods.len() == PODS_MAX {
            self.refuse(|| QueryError::Rows(format!("more than {PODS_MAX} pods, such as {}", shorten(pod))));
            return;
        }
        self.pods.entry(pod.to_owned()).or_default().add(part, le, value);
    }

    fn refuse(&mut self, reason: impl FnOnce() -> QueryError) {
        self.refused.get_or_insert_with(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric_source::patterns::Patterns;
    use crate::metric_source::prometheus::parse_vector;
    use crate::metric_source::prometheus::shape::Counters;
    use crate::spec::{Labels, Series};

    /// What two arms with these patterns of `cluster` get of two clusters' requests, which one gateway reports.
    fn sorted(canary: &str, stable: &str) -> Vec<ArmRows> {
        let requests = Series {
            metric: "requests".into(),
            labels: Labels::new(),
        };
        let shape = Shape {
            counters: Counters::Latency { histogram: requests },
            arm_labels: vec!["cluster".into()],
            pod: "pod".into(),
        };
        let arms =
            [canary, stable].map(|pattern| Labels::from_iter([("cluster".to_owned(), pattern.to_owned())]));
        let mut index = ArmIndex::new(&arms.each_ref(), &Patterns::default()).unwrap();
        let mut sorter = Sorter::new(&shape, &mut index, 2);
        let row = |cluster| {
            format!(
                r#"{{"metric":{{"cluster":"{cluster}","pod":"gateway","serin_part":"requests"}},"value":[1,"2"]}}"#
            )
        };
        let rows = [row("shop"), row("shop-canary")].join(",");
        let answer = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}"#);
        for row in parse_vector(answer.as_bytes(), 2).unwrap() {
            sorter.add(&row.labels, row.point.value);
        }
        sorter.finish()
    }

    #[test]
    fn one_pod_may_report_on_both_arms() {
        for arm in sorted(r"shop\-canary", "shop") {
            assert_eq!((arm.pods.len(), arm.refused), (1, None));
        }
    }

    #[test]
    fn a_series_that_both_arms_have_is_refused() {
        let told = sorted(r"shop\-canary", "shop.*")
            .remove(0)
            .refused
            .unwrap()
            .to_string();
        assert!(
            told.starts_with("series of pod gateway belong to both arms"),
            "{told}"
        );
    }
}
