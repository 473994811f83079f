//! What a Canary will do, in a line for people.

use std::time::Duration;

use humantime::format_duration;

use crate::engine::Measure;
use crate::spec::{
    AfterDeadline, AfterExpiry, Bound, CheckedCanary, Hook, HookType, Margin, Metric, Mode, OnFail,
    OnInconclusive, Question, Step, Threshold, Traffic, ValueLimit,
};

/// Namespace and name, the steps, each metric with its margin and threshold, and where traffic is moved.
pub(super) fn describe(canary: &CheckedCanary) -> String {
    let place = describe_place(&canary.traffic);
    let traffic = match canary.mode {
        Mode::Control => format!("moves {place}"),
        Mode::Observe => format!("only watches, and leaves {place} alone"),
    };
    let steps: Vec<String> = canary.steps.iter().map(describe_step).collect();
    let metrics: Vec<String> = canary.analysis.metrics.iter().map(describe_metric).collect();
    format!(
        "{}/{}: {}, bakes {}; {}; {traffic}\n  {}\n  {}{}",
        canary.namespace,
        canary.name,
        steps.join(" → "),
        format_duration(canary.promotion.bake),
        metrics.join("; "),
        describe_time(canary),
        describe_no_data(canary),
        describe_hooks(canary),
    )
}

/// What is called out to, and what an answer that does not pass means; nothing where there are no hooks.
fn describe_hooks(canary: &CheckedCanary) -> String {
    let hooks: Vec<String> = canary.hooks.iter().map(describe_hook).collect();
    match (hooks.as_slice(), canary.mode) {
        ([], _) => String::new(),
        (hooks, Mode::Control) => format!("\n  calls {}", hooks.join("; ")),
        (_, Mode::Observe) => "\n  calls no hook, as it only watches".to_owned(),
    }
}

fn describe_hook(hook: &Hook) -> String {
    let when = match hook.r#type {
        HookType::ConfirmRollout => "before it begins, until it passes",
        HookType::PreRollout => "before the first weight, until it passes",
        HookType::Rollout => "at each look, and holds while it does not pass",
        HookType::ConfirmTrafficIncrease => "before each raise, until it passes",
        HookType::ConfirmPromotion => "before promotion, until it passes",
        HookType::PostRollout => "after the outcome",
        HookType::Rollback => "at each look, and aborts when it passes",
        HookType::Event => "with all news",
    };
    let mut text = format!("{hook} {when}");
    if let Some(limit) = hook.failure_limit {
        text.push_str(&format!(", aborts after {limit} in a row that do not"));
    }
    if hook.r#type.is_waited_for() {
        let then = match hook.expires.then {
            AfterExpiry::Hold => "holds on and tells people",
            AfterExpiry::Abort => "aborts",
        };
        text.push_str(&format!(", {then} after {}", format_duration(hook.expires.after)));
    }
    text
}

fn describe_place(traffic: &Traffic) -> String {
    let route = traffic.route();
    let name = route.route.as_ref();
    let name = name.map_or_else(String::new, |name| format!(", route {name}"));
    let place = match traffic {
        Traffic::File(file) => format!(" in {}", file.path),
        Traffic::Istio(_) => " in the cluster".to_owned(),
    };
    format!("{route}{name}{place}")
}

/// How often it looks, how long a rollout may take, and whom it tells.
fn describe_time(canary: &CheckedCanary) -> String {
    let told = match canary.notify.as_slice() {
        [] => "tells nobody (spec.notify names no channel)".to_owned(),
        channels => format!("tells {}", channels.join(", ")),
    };
    format!(
        "looks every {}; without proof after {}: {}; {told}",
        format_duration(canary.analysis.interval),
        format_duration(canary.max_duration),
        match canary.on_inconclusive {
            OnInconclusive::Hold => "holds",
            OnInconclusive::Advance => "advances without it",
            OnInconclusive::Abort => "aborts",
        },
    )
}

/// What each state without data leads to, and when.
fn describe_no_data(canary: &CheckedCanary) -> String {
    let no_data = &canary.analysis.no_data;
    let policies = [
        ("canarySilent", no_data.canary_silent),
        ("baselineSilent", no_data.baseline_silent),
        ("noTraffic", no_data.no_traffic),
        ("stale", no_data.stale),
        ("sourceDown", no_data.source_down),
    ];
    let policies: Vec<String> = policies
        .iter()
        .map(|(state, policy)| {
            let then = match policy.then {
                AfterDeadline::Hold => "holds on and tells people",
                AfterDeadline::Lower => "lowers to 0",
                AfterDeadline::Abort => "aborts",
            };
            format!("{state} {then} after {}", format_duration(policy.after))
        })
        .collect();
    format!("without data it holds, and then: {}", policies.join(", "))
}

fn describe_step(step: &Step) -> String {
    let mut conditions = Vec::new();
    if step.approval {
        conditions.push("once approved".to_owned());
    }
    if step.hold > Duration::ZERO {
        conditions.push(format!("for {}", format_duration(step.hold)));
    }
    if step.min_requests > 0 {
        conditions.push(format!("{} requests", step.min_requests));
    }
    if conditions.is_empty() {
        return format!("{}%", step.weight);
    }
    format!("{}% ({})", step.weight, conditions.join(", "))
}

fn describe_metric(metric: &Metric) -> String {
    let mut text = match &metric.question {
        Question::SuccessRate { .. } => metric.template.clone(),
        Question::Latency { quantile, .. } => format!("{} p{}", metric.template, decimal(quantile * 100.0)),
        Question::Value { unit, limit, .. } => {
            format!("{}: {}", metric.template, describe_limit(unit, limit))
        }
    };
    text.push_str(&match metric.margin {
        Margin::ErrorRate { relative, absolute } => {
            format!(
                ": errors up to {} × baseline + {}",
                decimal(1.0 + relative),
                percent(absolute)
            )
        }
        Margin::Latency {
            relative,
            absolute_ms: 0.0,
        } => format!(": up to {} slower", percent(relative)),
        Margin::Latency {
            relative,
            absolute_ms,
        } => {
            format!(
                ": up to {} or {} slower",
                percent(relative),
                milliseconds(absolute_ms)
            )
        }
        Margin::NotCompared => String::new(),
    });
    if let Some(Threshold { limit, strict }) = metric.threshold {
        let limit = match metric.question {
            Question::SuccessRate { .. } => percent(limit),
            Question::Latency { .. } => milliseconds(limit),
            // It has its own.
            Question::Value { .. } => String::new(),
        };
        text.push_str(&format!(", never above {limit}{}", strictly(strict)));
    }
    if metric.on_fail == OnFail::Hold {
        text.push_str(" (else holds)");
    }
    text
}

/// What is added to a limit that counts whatever the baseline does.
const fn strictly(strict: bool) -> &'static str {
    if strict {
        " even when the baseline breaks it"
    } else {
        ""
    }
}

fn describe_limit(unit: &Option<String>, limit: &ValueLimit) -> String {
    let measure = Measure::Value { unit: unit.clone() };
    let side = match limit.bound {
        Bound::Max => "up to",
        Bound::Min => "at least",
    };
    let strict = strictly(limit.strict);
    format!(
        "{side} {}{strict}, by {} looks in a row",
        measure.value(Some(limit.limit)),
        limit.looks
    )
}

fn percent(fraction: f64) -> String {
    format!("{}%", decimal(fraction * 100.0))
}

fn milliseconds(ms: f64) -> String {
    format!("{}ms", decimal(ms))
}

/// Without the noise of binary fractions: nine digits after the point are what a percentage can be written with.
fn decimal(number: f64) -> String {
    let text = format!("{number:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
