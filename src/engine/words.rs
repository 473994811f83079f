//! Verdicts and endings as sentences with their numbers. Whoever speaks to people (notices, the demo, the
//! log) says it in these words.

use super::arm::PerArm;
use super::effect::Leave;
use super::ending::Ending;
use super::owed::OwedWork;
use super::phase::{HoldReason, Outcome};
use super::rollback::Rollback;
use super::rollout::Rollout;
use super::status::Status;
use super::verdict::{Measure, MetricVerdict, Run, ValueVerdict, Verdict, VerdictKind};
use crate::spec::{Bound, Mode, Timestamp};

impl Measure {
    /// What is measured: `errors`, `p95`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ErrorRate => "errors".to_owned(),
            Self::Quantile(quantile) => {
                let percent = format!("{:.2}", quantile * 100.0);
                format!("p{}", percent.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Value { .. } => "value".to_owned(),
        }
    }

    /// A value with its unit; a dash where there is none.
    #[must_use]
    pub fn value(&self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "–".to_owned(),
            (Self::ErrorRate, Some(ratio)) => percent(ratio),
            (Self::Quantile(_), Some(ms)) => format!("{ms:.0} ms"),
            (Self::Value { unit }, Some(number)) => quantity(number, unit.as_deref()),
        }
    }
}

/// A ratio as a percentage with three significant digits at most.
#[must_use]
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent >= 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.2} %")
    }
}

/// A name such as `not-ready` as other systems spell their reasons: `NotReady`.
#[must_use]
pub fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}

/// The units of a value that are told in multiples.
const BYTES: [(f64, &str); 5] = [
    (1024.0 * 1024.0 * 1024.0 * 1024.0, "TiB"),
    (1024.0 * 1024.0 * 1024.0, "GiB"),
    (1024.0 * 1024.0, "MiB"),
    (1024.0, "KiB"),
    (1.0, "B"),
];

/// A number with its unit, such as `512 MiB` or `0.85`.
fn quantity(number: f64, unit: Option<&str>) -> String {
    match unit {
        None => digits(number),
        Some("bytes") => {
            let fits = |(bytes, _): &&(f64, &str)| number.abs() >= *bytes;
            let (bytes, name) = BYTES.iter().find(fits).unwrap_or(&(1.0, "B"));
            format!("{} {name}", digits(number / bytes))
        }
        Some(unit) => format!("{} {unit}", digits(number)),
    }
}

/// Four significant digits: enough to see on which side of a limit a number is, nearly always, and no more than a person reads.
fn digits(number: f64) -> String {
    const SIGNIFICANT: i32 = 4;
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(number.abs())) as i32;
    if !(-SIGNIFICANT..=15).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    let decimals = (SIGNIFICANT - 1 - magnitude).max(0) as usize;
    let text = format!("{number:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

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
        (Bound::Max, false) => "up to",
        (Bound::Min, true) => "below",
        (Bound::Min, false) => "at least",
    };
    // More than are asked for prove no more.
    format!(
        "{} of {} looks in a row {side} {limit}",
        looks.min(value.looks),
        value.looks
    )
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
    let by_threshold = metric
        .threshold
        .filter(|threshold| threshold.harm.log > metric.harm.log);
    let limit = match by_threshold {
        Some(threshold) => format!("the threshold is {}", metric.measure.value(Some(threshold.limit))),
        None => format!("harmful above {}", metric.measure.value(metric.acceptable)),
    };
    let requests = if verdict.no_concurrent_baseline {
        // Beside a frozen baseline no error rate is claimed.
        format!(
            "{:.0} canary requests; no concurrent baseline: judged by what it had before",
            metric.requests.canary
        )
    } else {
        format!(
            "{:.0} canary and {:.0} baseline requests",
            metric.requests.canary, metric.requests.baseline
        )
    };
    format!(
        "{}, {limit}; {requests}; such data are {} times likelier from a harmful canary, and {:.0} times are enough",
        figures(metric),
        times(verdict.harm.log),
        libm::exp(verdict.harm.limit),
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
                    "{}: about {requests:.0} more canary requests would prove health",
                    metric.metric
                )
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
        return format!("{}: {}", ending.outcome.name(), ending.cause);
    }
    if let Some(hold) = status.holds.first() {
        return format!("holds: {hold}");
    }
    status
        .verdict
        .as_ref()
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
        "{}: rollout of {} started ({} %{observing})",
        name(rollout),
        rollout.revision,
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
    format!(
        "{}: every gate passed; watching for {bake} before promotion",
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

pub(super) fn ended(rollout: &Rollout, ending: &Ending) -> String {
    let observing = rollout.canary.mode == Mode::Observe;
    let what = match (ending.outcome, observing) {
        (Outcome::Promoted, false) => "promoted",
        (Outcome::Aborted, false) => "aborted, all traffic is back on stable",
        (Outcome::Inconclusive, false) => "inconclusive, all traffic is back on stable",
        (Outcome::Promoted, true) => "would have been promoted (observing only)",
        (Outcome::Aborted, true) => "would have been aborted (observing only)",
        (Outcome::Inconclusive, true) => "would have been inconclusive (observing only)",
    };
    let pinned = ending.outcome != Outcome::Promoted && rollout.route.other_routes_reach_canary();
    let left = if pinned {
        "; another route of yours still leads to the canary"
    } else {
        ""
    };
    format!("{}: {what}: {}{left}", name(rollout), ending.cause)
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

/// An e-value for people: beyond a million nobody counts.
fn times(log: f64) -> String {
    const LOG_MILLION: f64 = 13.815_510_557_964_274;
    if log > LOG_MILLION {
        "over a million".to_owned()
    } else {
        format!("{:.0}", libm::exp(log))
    }
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

    #[test]
    fn a_quantity_has_four_digits() {
        assert_eq!(quantity(0.0, Some("bytes")), "0 B");
        assert_eq!(quantity(-1536.0, Some("bytes")), "-1.5 KiB");
        assert_eq!(quantity(1_234_567.0, None), "1234567");
        assert_eq!(quantity(500.04, None), "500");
        assert_eq!(quantity(0.000_123_456, Some("s")), "0.0001235 s");
        assert_eq!(quantity(1e-9, None), "1.000e-9");
        assert_eq!(quantity(f64::MAX, None), "1.798e308");
    }

    #[test]
    fn figures_carry_their_units() {
        assert_eq!(Measure::ErrorRate.value(Some(0.001)), "0.10 %");
        assert_eq!(Measure::ErrorRate.value(Some(0.123)), "12.3 %");
        assert_eq!(Measure::Quantile(0.95).value(Some(71.4)), "71 ms");
        assert_eq!(Measure::Quantile(0.95).value(None), "–");
        assert_eq!(Measure::Quantile(0.95).name(), "p95");
        assert_eq!(Measure::Quantile(0.999).name(), "p99.9");
    }
}
