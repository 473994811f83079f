//! A verdict's numbers as the status has them.

use crate::engine::{Arm, Evidence, Measure, MetricVerdict, Verdict};
use crate::kubernetes::status::{ArmStatus, EvidenceStatus, MetricStatus};

/// The evidence over all metrics.
pub(super) fn evidence(verdict: &Verdict) -> EvidenceStatus {
    EvidenceStatus {
        harm_percent: percent(verdict.harm),
        health_percent: None,
    }
}

/// One metric, both arms.
pub(super) fn metric(verdict: &MetricVerdict) -> MetricStatus {
    let is_value = verdict.value.is_some();
    MetricStatus {
        template: verdict.metric.clone(),
        verdict: verdict.kind,
        canary: arm(verdict, Arm::Canary),
        baseline: arm(verdict, Arm::Baseline),
        acceptable: verdict.acceptable.map(|limit| written(&verdict.measure, limit)),
        evidence: (!is_value).then(|| EvidenceStatus {
            harm_percent: percent(verdict.harm),
            health_percent: Some(percent(verdict.health)),
        }),
        unjudged: verdict.unjudged.clone(),
    }
}

fn arm(verdict: &MetricVerdict, arm: Arm) -> ArmStatus {
    let estimate = verdict
        .estimate
        .get(arm)
        .map(|estimate| written(&verdict.measure, estimate));
    let requests = Some(whole(*verdict.requests.get(arm)));
    match verdict.measure {
        Measure::ErrorRate => ArmStatus {
            requests,
            errors: Some(whole(*verdict.bad.get(arm))),
            error_rate: estimate,
            ..ArmStatus::default()
        },
        Measure::Quantile(_) => ArmStatus {
            requests,
            latency: estimate,
            ..ArmStatus::default()
        },
        Measure::Value { .. } => ArmStatus {
            value: estimate,
            ..ArmStatus::default()
        },
    }
}

/// As people write it in a Canary: `0.42%`, `231ms`.
fn written(measure: &Measure, number: f64) -> String {
    measure.value(Some(number)).replace(' ', "")
}

/// Rounded down: 100 is a proof, and nothing less is.
fn percent(evidence: Evidence) -> u8 {
    (evidence.progress() * 100.0) as u8
}

/// Requests are whole, as counters are.
fn whole(requests: f64) -> u64 {
    requests.round() as u64
}
