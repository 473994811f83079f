//! What one look of a rollout gives, by the code that a rollout looks with.

use super::finding::{About, Finding, Level};
use super::shown::{count, list};
use crate::engine::{ArmReading, CounterReading};

/// Missing pods whose reasons are told.
const REASONS_MAX: usize = 3;

/// The pods that answered with something to count, and those that did not, with why. `question` is what was sent, if that was PromQL.
pub(super) fn look_finding(reading: &CounterReading, question: Option<String>) -> Finding {
    let (stable, canary) = (&reading.arms.baseline, &reading.arms.canary);
    let level = match (stable.pods.is_empty(), canary.pods.is_empty()) {
        (true, _) => Level::Problem,
        // Series that cannot be used are no canary that is not there yet; an endpoint that does not answer may be.
        (false, true) if !canary.missing.is_empty() && question.is_some() => Level::Problem,
        (false, true) => Level::Warning,
        _ if stable.missing.is_empty() && canary.missing.is_empty() => Level::Ok,
        _ => Level::Warning,
    };
    let said = if stable.pods.is_empty() && stable == canary {
        format!("neither arm: {}", told(stable))
    } else {
        format!("stable: {}; canary: {}", told(stable), told(canary))
    };
    let mut finding = Finding::new(level, About::Look, said).got(format!(
        "stable: {}; canary: {}",
        list(stable.pods.keys().map(String::as_str)),
        list(canary.pods.keys().map(String::as_str))
    ));
    if let Some(question) = question {
        finding = finding.asked(question);
    }
    finding
}

fn told(arm: &ArmReading) -> String {
    let series: usize = arm.pods.values().map(|pod| pod.requests.series as usize).sum();
    let requests: f64 = arm.pods.values().map(|pod| pod.requests.value).sum();
    let here = match arm.pods.len() {
        0 => "nothing to count".to_owned(),
        pods => format!(
            "{} with {} and {requests} requests so far",
            count(pods, "pod"),
            count(series, "series")
        ),
    };
    let reasons: Vec<String> = arm
        .missing
        .iter()
        .take(REASONS_MAX)
        .map(|(pod, reason)| format!("{pod}: {reason}"))
        .collect();
    let more = arm.missing.len().saturating_sub(REASONS_MAX);
    match (reasons.is_empty(), more) {
        (true, _) => here,
        (false, 0) => format!("{here}, {}", reasons.join(", ")),
        (false, more) => format!("{here}, {} and {more} more", reasons.join(", ")),
    }
}
