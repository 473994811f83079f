//! How a demo ended, in numbers.

use serde::Serialize;

use super::service::Served;
use super::world::Answers;
use crate::engine::{Ending, Outcome, PerArm, Status, VerdictKind};

/// How a demo ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How.
    pub outcome: Outcome,
    /// Why, with the numbers.
    pub reason: String,
    /// The canary's weight in the end, in percent.
    pub weight: u8,
    /// Requests that the judge counted.
    pub requests: PerArm<u64>,
    /// Requests that the services counted themselves.
    pub served: PerArm<u64>,
    /// From the start of the rollout to its end.
    pub seconds: f64,
    /// Bad answers of the canary beyond what the baseline's rate explains: slow ones at the judged edge where
    /// latency was to blame, else errors and missing answers as the callers saw them. Not below 0.
    pub harmed_requests: u64,
}

impl Summary {
    /// The end as the engine tells it, beside what the world counted.
    #[must_use]
    pub fn new(
        ending: &Ending,
        settled: &Status,
        served: PerArm<Served>,
        answers: PerArm<Answers>,
        seconds: f64,
    ) -> Self {
        let counted = settled
            .tallies
            .first()
            .map(|tally| tally.requests)
            .unwrap_or_default();
        let failed = excess(
            answers.map(|answers| answers.bad as f64),
            answers.map(|answers| answers.all as f64),
        );
        let slow = slow_if_blamed(settled).filter(|_| ending.outcome == Outcome::Aborted);
        Self {
            outcome: ending.outcome,
            reason: ending.cause.to_string(),
            weight: settled.weight,
            requests: counted.map(|requests| requests as u64),
            served: served.map(|served| served.requests),
            seconds: (seconds * 10.0).round() / 10.0,
            harmed_requests: slow.unwrap_or(failed).round() as u64,
        }
    }

    /// Requests that were served and not counted.
    #[must_use]
    pub fn lost(&self) -> PerArm<u64> {
        PerArm {
            canary: self.served.canary.saturating_sub(self.requests.canary),
            baseline: self.served.baseline.saturating_sub(self.requests.baseline),
        }
    }
}

/// Slow answers at the judged edge, where a latency is to blame.
fn slow_if_blamed(settled: &Status) -> Option<f64> {
    let verdict = settled.verdict.as_ref()?;
    let blamed = verdict.blame.filter(|_| verdict.kind == VerdictKind::Fail)?;
    let edge_ms = verdict.metrics.get(blamed)?.edges.first()?.edge_ms;
    let tally = settled.tallies.get(blamed)?;
    let part = tally.edges_ms.iter().position(|edge| *edge == edge_ms)?;
    let at = |bad: &Vec<f64>| bad.get(part).copied().unwrap_or(0.0);
    Some(excess(tally.bad.as_ref().map(at), tally.requests))
}

/// The canary's bad requests beyond the baseline's rate.
fn excess(bad: PerArm<f64>, all: PerArm<f64>) -> f64 {
    let explained = if all.baseline > 0.0 {
        all.canary * bad.baseline / all.baseline
    } else {
        0.0
    };
    (bad.canary - explained).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_baselines_rate_explains_is_no_harm() {
        let arms = |canary, baseline| PerArm { canary, baseline };
        assert_eq!(excess(arms(10.0, 10.0), arms(100.0, 1000.0)), 9.0);
        assert_eq!(excess(arms(0.0, 10.0), arms(100.0, 1000.0)), 0.0);
        assert_eq!(excess(arms(5.0, 0.0), arms(100.0, 0.0)), 5.0);
    }
}
