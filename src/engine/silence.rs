//! Which no-data state one look shows for one metric.

use super::arm::PerArm;
use super::judge::counts::{ArmCounts, Coverage, MetricCounts, unanswered};
use super::no_data::{NoData, NoDataState};

/// An arm is silent, rather than merely quiet, once it should have had this many requests by its weight and
/// had none: by chance that happens once in half a billion times (e^-20).
const EXPECTED_BEFORE_SILENT: f64 = 20.0;

/// The state that a look shows, if it shows one, at a canary weight (percent). `expected` counts on what each arm
/// should have had; a look that is not `settled` was partly served at another weight and adds nothing to it.
pub(super) fn classify(
    metric: &MetricCounts,
    expected: &mut PerArm<f64>,
    weight: u8,
    settled: bool,
) -> Option<NoData> {
    if let Some(value) = &metric.value {
        return unanswered(value, weight).map(|reason| NoData {
            state: NoDataState::SourceDown,
            reason,
        });
    }
    let PerArm { canary, baseline } = &metric.arms;
    // At 0 the canary, and at 100 the baseline, is not expected to say anything.
    let asks_canary = weight > 0;
    let asks_baseline = weight < 100;
    let silent = |arm: &ArmCounts| match &arm.coverage {
        Coverage::Silent { reason } => Some(reason.clone()),
        _ => None,
    };
    let no_data = |state, reason: String| Some(NoData { state, reason });

    match (silent(canary).filter(|_| asks_canary), silent(baseline)) {
        // What is wrong with the source is wrong with both arms.
        (Some(canary), Some(baseline)) if canary == baseline => {
            return no_data(NoDataState::SourceDown, canary);
        }
        (Some(canary), Some(baseline)) => {
            return no_data(
                NoDataState::SourceDown,
                format!("no arm answers: {canary}; {baseline}"),
            );
        }
        (Some(reason), None) => return no_data(NoDataState::CanarySilent, reason),
        (None, Some(reason)) if asks_baseline => {
            let state = if asks_canary {
                NoDataState::BaselineSilent
            } else {
                NoDataState::SourceDown
            };
            return no_data(state, reason);
        }
        _ => {}
    }
    for (arm, asked, name) in [
        (canary, asks_canary, "canary"),
        (baseline, asks_baseline, "baseline"),
    ] {
        match &arm.coverage {
            Coverage::Partial { reason } if asked => {
                return no_data(NoDataState::SourceDown, format!("{name}: {reason}"));
            }
            Coverage::Stale if asked => {
                return no_data(NoDataState::Stale, format!("{name}: the samples do not move"));
            }
            _ => {}
        }
    }
    let requests = PerArm {
        canary: canary.requests,
        baseline: baseline.requests,
    };
    unserved(requests, weight).or_else(|| settled.then(|| quiet(requests, expected, weight)).flatten())
}

/// Both arms answered: does anybody call the service at all?
fn unserved(requests: PerArm<f64>, weight: u8) -> Option<NoData> {
    let PerArm { canary, baseline } = requests;
    let reason = match weight {
        _ if canary == 0.0 && baseline == 0.0 => "no request on either arm",
        100 if canary == 0.0 => "no request on the canary, which has all the traffic",
        0 if baseline == 0.0 => "no request on the baseline, which has all the traffic",
        _ => return None,
    };
    Some(NoData {
        state: NoDataState::NoTraffic,
        reason: reason.to_owned(),
    })
}

/// Somebody does: did both arms have the requests that their weights ask for?
fn quiet(requests: PerArm<f64>, expected: &mut PerArm<f64>, weight: u8) -> Option<NoData> {
    if weight == 0 || weight == 100 {
        return None;
    }
    let share = f64::from(weight) / 100.0;
    let had = |arm: f64, expected: &mut f64, should: f64| {
        *expected = if arm > 0.0 { 0.0 } else { *expected + should };
        *expected < EXPECTED_BEFORE_SILENT
    };
    let PerArm { canary, baseline } = requests;
    if !had(canary, &mut expected.canary, baseline * share / (1.0 - share)) {
        let reason = format!(
            "no request on the canary, where {weight} % of the traffic should have brought {:.0}",
            expected.canary
        );
        return Some(NoData {
            state: NoDataState::CanarySilent,
            reason,
        });
    }
    if !had(baseline, &mut expected.baseline, canary * (1.0 - share) / share) {
        let reason = format!(
            "no request on the baseline, where {} % of the traffic should have brought {:.0}",
            100 - weight,
            expected.baseline
        );
        return Some(NoData {
            state: NoDataState::BaselineSilent,
            reason,
        });
    }
    None
}
