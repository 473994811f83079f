//! What was counted over the whole rollout, for people and for the bake.

use serde::{Deserialize, Serialize};

use super::arm::{Arm, PerArm};
use super::judge::counts::{Counts, MetricCounts};

/// Totals of one metric since the rollout's first look, looks that were not judged included. A value has none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Finite bucket edges in milliseconds, ascending; empty for a success rate.
    pub edges_ms: Vec<f64>,
    /// Requests of each arm.
    pub requests: PerArm<f64>,
    /// Bad ones among them: the errors, or those slower than each edge.
    pub bad: PerArm<Vec<f64>>,
    /// Pods whose counts were lost to a gap.
    pub gaps: PerArm<u32>,
}

impl Tally {
    fn add(&mut self, metric: &MetricCounts) {
        if metric.value.is_some() {
            return;
        }
        let counted = metric.arms.canary.requests + metric.arms.baseline.requests > 0.0;
        if self.edges_ms != metric.edges_ms && (counted || self.edges_ms.is_empty()) {
            // Another bucket layout cannot be added to this one; the requests can. A look at which no histogram
            // was there is no layout.
            self.edges_ms.clone_from(&metric.edges_ms);
            self.bad = PerArm::default();
        }
        for arm in [Arm::Canary, Arm::Baseline] {
            let counts = metric.arms.get(arm);
            *self.requests.get_mut(arm) += counts.requests;
            *self.gaps.get_mut(arm) += counts.dropped.gaps;
            let bad = self.bad.get_mut(arm);
            if counts.requests == 0.0 {
                continue;
            }
            bad.resize(counts.bad.len().max(bad.len()), 0.0);
            for (total, added) in bad.iter_mut().zip(&counts.bad) {
                *total += added;
            }
        }
    }

    /// The arm's share of bad requests at a part (0 for a success rate, else an edge's index); `None` without requests.
    #[must_use]
    pub fn bad_ratio(&self, arm: Arm, part: usize) -> Option<f64> {
        let requests = *self.requests.get(arm);
        let bad = self.bad.get(arm).get(part)?;
        (requests > 0.0).then(|| bad / requests)
    }
}

/// Adds a look to every metric's totals.
pub fn add(tallies: &mut Vec<Tally>, counts: &Counts) {
    tallies.resize_with(counts.metrics.len().max(tallies.len()), Tally::default);
    for (tally, metric) in tallies.iter_mut().zip(&counts.metrics) {
        tally.add(metric);
    }
}
