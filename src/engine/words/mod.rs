//! Verdicts and endings as sentences with their numbers. Whoever speaks to people (notices, the demo, the
//! log) says it in these words.

mod units;

pub use units::pascal;
pub(super) use units::{count, odds};

use super::arm::PerArm;
use super::effect::Leave;
use super::ending::Ending;
use super::exposure::Exposure;
use super::owed::OwedWork;
use super::phase::{HoldReason, Outcome};
use super::rollback::Rollback;
use super::rollout::Rollout;
use super::status::Status;
use super::verdict::{Measure, MetricVerdict, Run, ValueVerdict, Verdict, VerdictKind};
use crate::spec::{Bound, Mode, Timestamp};

/// One metric's figures: `success-rate: errors 0.10 % (baseline 0.12 %)`, or of a value
/// `memory: 600 MiB (baseline 480 MiB), 3 of 3 looks in a row above 512 MiB`.
#[must_use]
pub fn figures(metric: &MetricVerdict) -> String {
    figures_of(
        &metric.metric,
        &metric.measure,
        metric.estimate,
        "baseline",
        metric.value.as_ref(),
    )
}

/// The figures of a metric by its parts; `beside` is what the baseline is called.
#[must_use]
pub fn figures_of(
    metric: &str,
    measure: &Measure,
    estimate: PerArm<Option<f64>>,
    beside: &str,
    value: Option<&ValueVerdict>,
) -> String {
    let PerArm { canary, baseline } = estimate.map(|estimate| measure.value(estimate));
    match value {
        None => format!("{metric}: {} {canary} ({beside} {baseline})", measure.name()),
        Some(value) => format!(
            "{metric}: {canary} ({beside} {baseline}), {}",
            looks_in_a_row(value, measure)
        ),
    }
}

/// How the canary stands against a value's limit: `2 of 3 looks in a row above 512 MiB`.
fn looks_in_a_row(value: &ValueVerdict, measure: &Measure) -> String {
    let Run { breaks, looks } = value.runs.canary;
    let limit = measure.value(Some(value.limit));
    let side = match (value.bound, breaks) {
        (Bound::Max, true) => "above",
        (Bound::Min, true) => "below",
        (bound, false) => side_of_limit(bound),
    };
    // More than are asked for prove no more.
    format!(
        "{} of {} looks in a row {side} {limit}",
        looks.min(value.looks),
        value.looks
    )
}

/// On which side of its limit a value is harmless.
pub(super) const fn side_of_limit(bound: Bound) -> &'static str {
    match bound {
        Bound::Max => "up to",
        Bound::Min => "at least",
    }
}

/// Every metric's figures.
fn all_figures(verdict: &Verdict) -> String {
    verdict.metrics.iter().map(figures).collect::<Vec<_>>().join("; ")
}

/// Why the canary counts as harmful.
pub(super) fn harmful(verdict: &Verdict) -> String {
    let Some(metric) = verdict.blame.and_then(|index| verdict.metrics.get(index)) else {
        return "the evidence of harm reached its limit".to_owned();
    };
    if metric.value.is_some() {
        return format!("{}; no false-abort rate covers looks in a row", figures(metric));
    }
    let limit = match metric.broken_threshold() {
        Some(threshold) => format!("the threshold is {}", metric.measure.value(Some(threshold.limit))),
        None => format!("harmful above {}", metric.measure.value(metric.acceptable)),
    };
    let canary = count(metric.requests.canary);
    let requests = if verdict.no_concurrent_baseline {
        // Beside a frozen baseline no error rate is claimed.
        format!("{canary} canary requests; no concurrent baseline: judged by what it had before")
    } else {
        format!(
            "{canary} canary and {} baseline requests",
            count(metric.requests.baseline)
        )
    };
    format!(
        "{}, {limit}; {requests}; evidence {}, limit {}",
        figures(metric),
        odds(verdict.harm.log),
        odds(verdict.harm.limit),
    )
}

/// Why a canary is not promoted whose template is not the one that was judged any more.
#[must_use]
pub fn other_revision(judged: &str, found: &str) -> String {
    format!("the canary's revision is {found}, and {judged} is what was judged")
}

/// What a rollout that ran out of time still lacked.
pub(super) fn missing(rollout: &Rollout, now: Timestamp) -> String {
    let holds = rollout.holds(now);
    if let Some(hold) = holds.first() {
        return hold.to_string();
    }
    let Some(verdict) = &rollout.verdict else {
        return "nothing was judged yet".to_owned();
    };
    unproven(verdict).unwrap_or_else(|| "the step has not had its time or its requests".to_owned())
}

/// What health still lacks, metric by metric; none where nothing is lacking.
fn unproven(verdict: &Verdict) -> Option<String> {
    let unproven: Vec<_> = verdict
        .metrics
        .iter()
        .filter(|metric| match metric.value {
            Some(_) => metric.kind != VerdictKind::Pass,
            None => !metric.health.is_proof(),
        })
        .map(|metric| match metric.requests_needed {
            _ if metric.value.is_some() => figures(metric),
            Some(requests) => {
                format!(
                    "{}: about {} more canary requests would prove health",
                    metric.metric,
                    count(requests)
                )
            }
            None if metric.requests.canary <= 0.0 => {
                format!("{}: the canary had no requests yet", metric.metric)
            }
            None => format!("{}: health cannot be proven at this rate", metric.metric),
        })
        .collect();
    (!unproven.is_empty()).then(|| unproven.join("; "))
}

/// Why a rollout stands where it stands, in one sentence: how it ended, or what stops it, or what its verdict says.
#[must_use]
pub fn why(status: &Status) -> String {
    if let Some(ending) = &status.ending {
        let at = at_weight(ending.outcome, status.exposure);
        let outcome = outcome(ending.outcome, status.mode);
        return format!("{outcome}{at}: {}", ending.cause);
    }
    if let Some(hold) = status.holds.first() {
        return format!("holds: {hold}");
    }
    status
        .verdict
        .as_deref()
        .map_or_else(|| "nothing was judged yet".to_owned(), why_verdict)
}

/// Why a verdict is what it is, in one sentence.
fn why_verdict(verdict: &Verdict) -> String {
    match verdict.kind {
        VerdictKind::Pass => format!(
            "proven healthy for {} %; {}",
            verdict.gate_weight,
            all_figures(verdict)
        ),
        VerdictKind::Fail => harmful(verdict),
        VerdictKind::Inconclusive => {
            unproven(verdict).unwrap_or_else(|| "the evidence of harm is rising".to_owned())
        }
        VerdictKind::NoData => verdict.no_data.as_ref().map_or_else(
            || "there is nothing to judge by".to_owned(),
            |no_data| format!("{}: {}", no_data.state.name(), no_data.reason),
        ),
    }
}

pub(super) fn started(rollout: &Rollout) -> String {
    let steps: Vec<_> = rollout
        .canary
        .steps
        .iter()
        .map(|step| step.weight.to_string())
        .collect();
    let observing = if rollout.canary.mode == Mode::Observe {
        ", observing only"
    } else {
        ""
    };
    format!(
        "{}: rollout {} started ({} %{observing})",
        name(rollout),
        match &rollout.from {
            Some(from) => change(Some(from), &rollout.revision),
            None => format!("of {}", rollout.revision),
        },
        steps.join(" → ")
    )
}

pub(super) fn stepped(rollout: &Rollout, weight: u8) -> String {
    let step = if rollout.canary.mode == Mode::Observe {
        format!("{}: would give the canary {weight} %", name(rollout))
    } else {
        format!("{}: canary at {weight} %", name(rollout))
    };
    let verdict = rollout.verdict.as_ref();
    match verdict.filter(|verdict| !verdict.metrics.is_empty()) {
        Some(verdict) => format!("{step}; {}", all_figures(verdict)),
        None => step,
    }
}

pub(super) fn baking(rollout: &Rollout) -> String {
    let bake = humantime::format_duration(rollout.canary.promotion.bake);
    let before = match rollout.canary.mode {
        Mode::Control => "promotion",
        Mode::Observe => "it would be promoted",
    };
    format!(
        "{}: every gate passed; watching for {bake} before {before}",
        name(rollout)
    )
}

/// Why the canary is promoted.
pub(super) fn proven(rollout: &Rollout) -> String {
    let how = match rollout.promotion_leave {
        Leave::Gate | Leave::FirstStep => "every gate passed and nothing was held against it in the bake",
        Leave::Advance => "the deadline passed and the policy says advance: without proof",
        Leave::Operator => "an operator asked for it: without the remaining gates",
    };
    match &rollout.verdict {
        Some(verdict) => format!("{how}; {}", all_figures(verdict)),
        None => how.to_owned(),
    }
}

pub(super) fn ended(rollout: &Rollout, ending: &Ending, now: Timestamp) -> String {
    let observing = rollout.canary.mode == Mode::Observe;
    let at = at_weight(ending.outcome, rollout.exposure(now));
    let what = match (ending.outcome, observing) {
        (Outcome::Promoted, false) => "promoted".to_owned(),
        (Outcome::Aborted, false) => format!("aborted{at}, all traffic is back on stable"),
        (Outcome::Inconclusive, false) => format!("inconclusive{at}, all traffic is back on stable"),
        (ended, true) => format!("{} (observing only)", outcome(ended, Mode::Observe)),
    };
    let pinned = ending.outcome != Outcome::Promoted && rollout.route.other_routes_reach_canary();
    let left = if pinned {
        "; another route of yours still leads to the canary"
    } else {
        ""
    };
    format!(
        "{}: {}{what}: {}{left}",
        name(rollout),
        change_before(rollout),
        ending.cause
    )
}

/// `aborted`, or `would have been aborted` where nothing was done about it.
fn outcome(outcome: Outcome, mode: Mode) -> String {
    match mode {
        Mode::Control => outcome.name().to_owned(),
        Mode::Observe => format!("would have been {}", outcome.name()),
    }
}

/// `1.4.2 → 1.5.0`, or what is rolled out alone.
#[must_use]
pub fn change(from: Option<&str>, to: &str) -> String {
    match from {
        Some(from) => format!("{from} → {to}"),
        None => to.to_owned(),
    }
}

/// At which weight a rollout ended that did not end well; nothing where the canary never had traffic.
fn at_weight(outcome: Outcome, exposure: Exposure) -> String {
    match (outcome, exposure.last_weight) {
        (Outcome::Promoted, _) | (_, 0) => String::new(),
        (_, weight) => format!(" at {weight} %"),
    }
}

pub(super) fn hold_over(rollout: &Rollout, reason: HoldReason) -> String {
    format!("{} no longer holds: {} is over", name(rollout), reason.name())
}

pub(super) fn restored(rollout: &Rollout) -> String {
    format!("{}: the stable workload is put back after all", name(rollout))
}

pub(super) fn rollback_unconfirmed(rollout: &Rollout) -> String {
    let cause = rollout
        .ending
        .as_ref()
        .map_or_else(String::new, |ending| format!(" ({})", ending.cause));
    let fault = rollout
        .route
        .failing()
        .map_or("the route could not be written", |failed| failed.reason.as_str());
    format!(
        "{}: the rollback{cause} is not confirmed, and tried again: {fault}",
        name(rollout)
    )
}

/// The traffic follows the rollback.
pub(super) fn rollback_confirmed(rollout: &Rollout, now: Timestamp) -> String {
    let (ended, confirmation) = (how_it_ended(rollout, now), rollout.rollback_confirmation());
    let confirmation = confirmation.map(ToString::to_string).unwrap_or_default();
    let cause = cause(rollout).unwrap_or_default();
    format!("{}: {ended}, {confirmation}: {cause}", name(rollout))
}

/// It does not: `mismatch` says how much goes to the canary still.
pub(super) fn rollback_not_followed(rollout: &Rollout, mismatch: &str, now: Timestamp) -> String {
    let (ended, confirmation) = (how_it_ended(rollout, now), rollout.rollback_confirmation());
    let (requests, since) = confirmation.map_or((0.0, now), |it| (it.requests, it.since));
    let time = humantime::format_duration(std::time::Duration::from_secs(now.since(since).as_secs()));
    let cause = cause(rollout).unwrap_or_default();
    format!(
        "{}: {ended}, and the traffic does not follow: {} requests of the canary in the {time} since 0 % was read back; {mismatch}: {cause}",
        name(rollout),
        count(requests)
    )
}

/// `1.4.2 → 1.5.0 aborted at 25 %`.
fn how_it_ended(rollout: &Rollout, now: Timestamp) -> String {
    let outcome = rollout
        .ending
        .as_ref()
        .map_or(Outcome::Aborted, |ending| ending.outcome);
    format!(
        "{}{}{}",
        change_before(rollout),
        outcome.name(),
        at_weight(outcome, rollout.exposure(now))
    )
}

/// `1.4.2 → 1.5.0 `, before what became of it; nothing where nobody said what stable ran.
fn change_before(rollout: &Rollout) -> String {
    rollout.from.as_deref().map_or_else(String::new, |from| {
        format!("{} ", change(Some(from), &rollout.revision))
    })
}

fn cause(rollout: &Rollout) -> Option<String> {
    Some(rollout.ending.as_ref()?.cause.to_string())
}

pub(super) fn rolled_back(rollout: &Rollout, rollback: &Rollback) -> String {
    format!("{}: {rollback}", name(rollout))
}

pub(super) fn not_restored(rollout: &Rollout, owed: &OwedWork) -> String {
    let hint = if owed.is_due {
        ""
    } else {
        "; hint: `serin rollback`, or `kubectl rollout undo`"
    };
    format!("{}: {owed}{hint}", name(rollout))
}

fn name(rollout: &Rollout) -> String {
    format!("{}/{}", rollout.canary.namespace, rollout.canary.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_told_with_its_unit_and_its_looks() {
        let told = |unit: Option<&str>, number: f64, bound, limit, breaks, looks| {
            let measure = Measure::Value {
                unit: unit.map(str::to_owned),
            };
            let value = ValueVerdict {
                bound,
                limit,
                looks: 3,
                runs: PerArm {
                    canary: Run { breaks, looks },
                    baseline: Run::default(),
                },
                excused: false,
            };
            let estimate = PerArm {
                canary: Some(number),
                baseline: None,
            };
            figures_of("gauge", &measure, estimate, "stable", Some(&value))
        };
        let mib = 1024.0 * 1024.0;
        assert_eq!(
            told(Some("bytes"), 600.0 * mib, Bound::Max, 512.0 * mib, true, 7),
            "gauge: 600 MiB (stable –), 3 of 3 looks in a row above 512 MiB"
        );
        assert_eq!(
            told(Some("connections"), 12.0, Bound::Min, 3.0, false, 1),
            "gauge: 12 connections (stable –), 1 of 3 looks in a row at least 3 connections"
        );
        assert_eq!(
            told(None, 0.853_21, Bound::Max, 0.9, false, 0),
            "gauge: 0.8532 (stable –), 0 of 3 looks in a row up to 0.9"
        );
    }
}
