//! Whether what a file of counts says can be judged at all: people write such files by hand.
//!
//! The engine relies on these things without asking, as the check of manifests and the counting of raw counters keep them.

use crate::engine::judge::counts::{ArmCounts, Counts};
use crate::engine::{Arm, MetricHistory, PerArm};
use crate::spec::{CheckedCanary, Margin, Metric, Question};

/// What is wrong, in words; the first of it.
pub(super) type Unsound = String;

pub(super) fn canary(canary: &CheckedCanary) -> Result<(), Unsound> {
    let weights: Vec<u8> = canary.steps.iter().map(|step| step.weight).collect();
    let rises = weights.is_sorted_by(|earlier, later| earlier < later);
    let fits = weights.iter().all(|weight| (1..=100).contains(weight));
    expect(
        !weights.is_empty() && rises && fits,
        "canary.steps",
        "weights from 1 to 100 that rise",
    )?;
    let alpha = canary.analysis.false_abort_rate;
    expect(
        alpha > 0.0 && alpha < 1.0,
        "canary.analysis.falseAbortRate",
        "a number between 0 and 1",
    )?;
    expect(
        !canary.analysis.metrics.is_empty(),
        "canary.analysis.metrics",
        "one metric at least",
    )?;
    canary.analysis.metrics.iter().try_for_each(metric)
}

fn metric(metric: &Metric) -> Result<(), Unsound> {
    let numbers = match metric.margin {
        Margin::ErrorRate { relative, absolute } => [relative, absolute],
        Margin::Latency {
            relative,
            absolute_ms,
        } => [relative, absolute_ms],
        Margin::NotCompared => [0.0, 0.0],
    };
    let compared = metric.margin != Margin::NotCompared;
    expect(
        compared != is_value(metric),
        "a metric's margin",
        "one, but for a value",
    )?;
    if let Question::Value { limit, .. } = &metric.question {
        expect(limit.limit.is_finite(), "a value's limit", "a finite number")?;
        expect(limit.looks > 0, "a value's looks", "one at least")?;
    }
    expect(
        numbers.into_iter().all(is_amount),
        "a metric's margin",
        "numbers from 0 on",
    )?;
    let limit = metric.threshold.map_or(0.0, |threshold| threshold.limit);
    expect(is_amount(limit), "a metric's threshold", "a number from 0 on")?;
    let quantile = match metric.question {
        Question::Latency { quantile, .. } => quantile,
        Question::SuccessRate { .. } | Question::Value { .. } => 0.5,
    };
    expect(
        quantile > 0.0 && quantile < 1.0,
        "a metric's quantile",
        "a number between 0 and 1",
    )
}

pub(super) fn counts(counts: &Counts, canary: &CheckedCanary) -> Result<(), Unsound> {
    for (metric, asked) in counts.metrics.iter().zip(&*canary.analysis.metrics) {
        expect(
            metric.value.is_some() == is_value(asked),
            "value",
            "numbers where the metric is a value, and nowhere else",
        )?;
        if let Some(PerArm { canary, baseline }) = &metric.value {
            let mut numbers = canary.iter().chain(baseline);
            expect(
                numbers.all(|number| number.is_finite()),
                "value",
                "finite numbers",
            )?;
            continue;
        }
        edges(&metric.edges_ms)?;
        let parts = metric.edges_ms.len().max(1);
        for side in [Arm::Canary, Arm::Baseline] {
            let ArmCounts { requests, bad, .. } = metric.arms.get(side);
            served(*requests, bad, parts)?;
        }
    }
    Ok(())
}

pub(super) fn history(history: &MetricHistory) -> Result<(), Unsound> {
    edges(&history.edges_ms)?;
    let parts = history.edges_ms.len().max(1);
    let pods = history.polls.first().map_or(0, Vec::len);
    let is_even = history.polls.iter().all(|poll| poll.len() == pods);
    expect(is_even, "history.polls", "the same pods in every poll")?;
    let mut all = history.polls.iter().flatten();
    all.try_for_each(|pod| served(pod.requests, &pod.bad, parts))
}

const fn is_value(metric: &Metric) -> bool {
    matches!(metric.question, Question::Value { .. })
}

fn edges(edges_ms: &[f64]) -> Result<(), Unsound> {
    let rises = edges_ms.is_sorted_by(|earlier, later| earlier < later);
    let fits = edges_ms.iter().copied().all(is_amount);
    expect(rises && fits, "edges_ms", "numbers from 0 on that rise")
}

fn served(requests: f64, bad: &[f64], parts: usize) -> Result<(), Unsound> {
    expect(is_amount(requests), "requests", "a number from 0 on")?;
    expect(
        bad.len() == parts,
        "bad",
        "one number, or for a latency one for each of `edges_ms`",
    )?;
    let fits = bad.iter().all(|&bad| is_amount(bad) && bad <= requests);
    expect(fits, "bad", "numbers from 0 to `requests`")
}

fn is_amount(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

fn expect(holds: bool, field: &str, expected: &str) -> Result<(), Unsound> {
    if holds {
        return Ok(());
    }
    Err(format!("{field}: expected {expected}, found something else"))
}
