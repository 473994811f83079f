//! The number that each arm's query gives.

use super::finding::{About, Finding, Level};
use super::shown::rounded;
use crate::engine::PerArm;
use crate::spec::{Metric, Question};

/// Each arm's number. That the canary's query alone gives none keeps nobody from judging later.
pub(super) fn value_finding(metric: &Metric, values: PerArm<Result<f64, String>>) -> Finding {
    let Question::Value { query, unit, limit } = &metric.question else {
        return Finding::problem(About::Value, "a number came where counters were due");
    };
    let told = |value: &Result<f64, String>| match (value, unit) {
        (Ok(number), Some(unit)) => format!("{} {unit}", rounded(*number)),
        (Ok(number), None) => rounded(*number),
        (Err(reason), _) => reason.clone(),
    };
    let said = format!(
        "stable: {}; canary: {}",
        told(&values.baseline),
        told(&values.canary)
    );
    let is_broken =
        |value: &Result<f64, String>| value.as_ref().is_ok_and(|number| limit.is_broken_by(*number));
    let (level, hint) = match (&values.baseline, &values.canary) {
        (Err(_), _) => (Level::Problem, None),
        (Ok(_), Err(_)) => (
            Level::Warning,
            Some("there is no canary yet, or the query does not find it"),
        ),
        (Ok(_), Ok(_)) if is_broken(&values.baseline) => {
            (Level::Warning, Some("the stable version breaks the limit itself"))
        }
        (Ok(_), Ok(_)) => (Level::Ok, None),
    };
    let finding = Finding::new(level, About::Value, said)
        .asked(&query.stable)
        .asked(&query.canary);
    match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}
