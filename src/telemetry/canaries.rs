//! Where every Canary's newest rollout stands, as numbers.

use super::definition::{
    CANARIES_LEFT_OUT, CANARY_HARM, CANARY_HEALTH, CANARY_HOLD, CANARY_LOOKED, CANARY_PHASE, CANARY_VERDICT,
    CANARY_WEIGHT, ROLLOUTS, Sample,
};
use super::metrics::CANARIES_MAX;
use super::sources::Gathered;
use crate::engine::{Phase, Status, Verdict};

/// The samples of these rollouts. Those under way come first where there are too many.
pub(super) fn gather(mut statuses: Vec<Status>) -> Gathered {
    let rollouts = Phase::ALL.map(|phase| {
        let number = statuses.iter().filter(|status| status.phase == phase).count();
        Sample::new(&[phase.name()], number as f64)
    });
    // Stable: by Canary within the two.
    statuses.sort_by_key(|status| status.phase.is_final());
    let left_out = statuses.len().saturating_sub(CANARIES_MAX);
    statuses.truncate(CANARIES_MAX);

    let mut weights = Vec::new();
    let mut phases = Vec::new();
    let mut holds = Vec::new();
    let mut verdicts = Vec::new();
    let mut harm = Vec::new();
    let mut health = Vec::new();
    let mut looked = Vec::new();
    for status in &statuses {
        let canary = [status.namespace.as_str(), &status.name];
        let is = |word: &str| Sample::new(&[canary[0], canary[1], word], 1.0);
        weights.push(Sample::new(&canary, f64::from(status.weight) / 100.0));
        phases.push(is(status.phase.name()));
        holds.extend(status.holds.iter().map(|hold| is(hold.reason.name())));
        if let Some(verdict) = &status.verdict {
            verdicts.push(is(verdict.kind.name()));
            harm.push(Sample::new(&canary, verdict.harm.progress()));
            health.extend(least_health(verdict).map(|health| Sample::new(&canary, health)));
        }
        let at = status.looked_at.map(|at| at.0 as f64 / 1000.0);
        looked.extend(at.map(|seconds| Sample::new(&canary, seconds)));
    }
    vec![
        (&ROLLOUTS, rollouts.to_vec()),
        (&CANARY_WEIGHT, weights),
        (&CANARY_PHASE, phases),
        (&CANARY_HOLD, holds),
        (&CANARY_VERDICT, verdicts),
        (&CANARY_HARM, harm),
        (&CANARY_HEALTH, health),
        (&CANARY_LOOKED, looked),
        (&CANARIES_LEFT_OUT, vec![Sample::new(&[], left_out as f64)]),
    ]
}

fn least_health(verdict: &Verdict) -> Option<f64> {
    // There is no evidence of a value.
    let judged = verdict.metrics.iter().filter(|metric| metric.value.is_none());
    let health = judged.map(|metric| metric.health.progress());
    health.min_by(f64::total_cmp)
}
