//! How much of an arm answered.

use crate::engine::judge::counts::Coverage;
use crate::engine::reading::ArmReading;

/// An arm is judged while at most a fifth of its pods is missing; beyond that its counts wait for the
/// others' return, because the pods that answer may not speak for those that do not.
pub(super) fn coverage(arm: &ArmReading) -> Coverage {
    let answered = arm
        .pods
        .keys()
        .filter(|pod| !arm.missing.contains_key(*pod))
        .count();
    let missing = arm.missing.len();
    let first = arm
        .missing
        .iter()
        .next()
        .map(|(pod, reason)| format!("{pod}: {reason}"));
    match first {
        None if answered == 0 => Coverage::Absent,
        Some(first) if arm.pods.is_empty() => Coverage::Silent { reason: first },
        Some(first) if missing * 5 > answered + missing => Coverage::Partial {
            reason: format!("{missing} of {} did not answer; {first}", answered + missing),
        },
        _ => Coverage::Answered,
    }
}
