//! One metric of a Canary: its template, margin and threshold.

use std::sync::Arc;

use super::arms::arms;
use super::context::Context;
use super::findings::{Findings, Range};
use super::template::{Measure, measure, overridden, refuse_parameters};
use super::templates::Template;
use super::value;
use crate::document::units::Quantity;
use crate::document::{FieldPath, Percent};
use crate::spec::canary::{MarginSpec, MetricSpec};
use crate::spec::checked::{Margin, Metric, OnFail, Question, Threshold};

/// Of an error rate: a quarter more than the baseline's.
const DEFAULT_ERROR_RATE_RELATIVE: Percent = Percent::whole(25);
/// Of an error rate: 0.05 % of the requests, so that an error-free baseline leaves room for a stray error.
const DEFAULT_ERROR_RATE_ABSOLUTE: f64 = 0.0005;
/// With a threshold: this part of the errors that it allows.
const DEFAULT_SHARE_OF_THRESHOLD: f64 = 0.1;
/// Of a latency: a tenth slower.
const DEFAULT_LATENCY_RELATIVE: Percent = Percent::whole(10);
/// Of a latency: nothing beside the relative part.
const DEFAULT_LATENCY_ABSOLUTE_MS: f64 = 0.0;
/// The quantile that people watch.
const DEFAULT_QUANTILE: Percent = Percent::whole(95);

const RELATIVE: Range<Percent> = Range {
    expected: "a percentage from `0%` to `1000%`",
    holds: |relative| relative <= Percent::whole(1_000),
};
const SHARE: Range<Percent> = Range {
    expected: "a share of the requests from `0%` to `100%`",
    holds: |share| share <= Percent::WHOLE,
};
const MARGIN_MS: Range<f64> = Range {
    expected: "a time from `0ms` to `1h`",
    holds: |ms| ms <= 3_600_000.0,
};
const LIMIT_MS: Range<f64> = Range {
    expected: "a time above `0ms`, up to `1h`",
    holds: |ms| ms > 0.0 && ms <= 3_600_000.0,
};
const WITHIN: Range<Percent> = Range {
    expected: "a percentage above `0%` and below `100%`",
    holds: |percent| percent > Percent::ZERO && percent < Percent::WHOLE,
};

/// Resolves a metric; `None` where its template cannot be told.
pub(super) fn metric(
    here: &FieldPath,
    spec: &MetricSpec,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Option<Metric> {
    let template =
        context
            .templates
            .find(&here.key("template"), &spec.template, context.namespace, findings)?;
    let measure = resolved(here, spec, template, findings)?;
    let (question, margin, threshold) = match measure {
        Measure::SuccessRate { requests, errors } => {
            success_rate_only(here, spec, findings);
            let threshold = least_success_rate(here, spec, findings);
            let question = Question::SuccessRate { requests, errors };
            (
                question,
                error_rate_margin(here, spec, threshold, findings),
                threshold,
            )
        }
        Measure::Latency { histogram, unit_ms } => {
            latency_only(here, spec, findings);
            let quantile = findings
                .percent(
                    &here.key("quantile"),
                    spec.quantile.as_ref(),
                    DEFAULT_QUANTILE,
                    &WITHIN,
                )
                .fraction();
            let question = Question::Latency {
                histogram,
                unit_ms,
                quantile,
            };
            (
                question,
                latency_margin(here, spec, findings),
                longest_time(here, spec, findings),
            )
        }
        Measure::Value => (
            value::question(here, spec, template, context, findings)?,
            Margin::NotCompared,
            None,
        ),
    };
    Some(Metric {
        template: spec.template.clone(),
        question,
        arms: arms(here, spec, template, context, findings).map(Arc::new),
        margin,
        threshold,
        on_fail: spec.on_fail.unwrap_or(OnFail::Abort),
    })
}

/// What the metric's template measures with the metric's parameters.
fn resolved(
    here: &FieldPath,
    spec: &MetricSpec,
    template: Template<'_>,
    findings: &mut Findings<'_>,
) -> Option<Measure> {
    let at = here.key("parameters");
    let values = overridden(&template.content.spec, spec.parameters.as_ref(), &at, findings);
    let mut with_these = Findings::new(template.document);
    let measure = measure(&template.content.spec, &values, &mut with_these)?;
    if with_these.is_sound() {
        return Some(measure);
    }
    refuse_parameters(&at, with_these, findings);
    None
}

fn success_rate_only(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) {
    no_looks(here, spec, findings);
    if spec.quantile.is_some() {
        let hint = "a quantile is for a latency".to_owned();
        findings.refuse(&here.key("quantile"), "no quantile on a success rate", hint);
    }
    if spec
        .threshold
        .as_ref()
        .is_some_and(|threshold| threshold.max.is_some())
    {
        let hint = "write `min`, such as `{min: 99%}`; `max` is for a latency".to_owned();
        findings.refuse(
            &here.key("threshold").key("max"),
            "no `max` on a success rate",
            hint,
        );
    }
}

fn latency_only(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) {
    no_looks(here, spec, findings);
    if spec
        .threshold
        .as_ref()
        .is_some_and(|threshold| threshold.min.is_some())
    {
        let hint = "write `max`, such as `{max: 500ms}`; `min` is for a success rate".to_owned();
        findings.refuse(&here.key("threshold").key("min"), "no `min` on a latency", hint);
    }
}

fn no_looks(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) {
    if spec
        .threshold
        .as_ref()
        .is_some_and(|threshold| threshold.looks.is_some())
    {
        let hint =
            "looks in a row are for a value; evidence decides here, however many looks it takes".to_owned();
        findings.refuse(
            &here.key("threshold").key("looks"),
            "no `looks` on what is counted",
            hint,
        );
    }
}

fn least_success_rate(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) -> Option<Threshold> {
    let written = spec.threshold.as_ref()?;
    let at = here.key("threshold");
    if written.min.is_none() && written.max.is_none() {
        findings.refuse_found(&at, "`min`, such as `{min: 99%}`", "none", None);
    }
    let min = findings.percent(&at.key("min"), written.min.as_ref(), Percent::ZERO, &WITHIN);
    Some(Threshold {
        limit: min.complement().fraction(),
        strict: written.strict.unwrap_or(false),
    })
}

fn longest_time(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) -> Option<Threshold> {
    let written = spec.threshold.as_ref()?;
    let at = here.key("threshold");
    if written.min.is_none() && written.max.is_none() {
        findings.refuse_found(&at, "`max`, such as `{max: 500ms}`", "none", None);
    }
    let limit = findings.milliseconds(&at.key("max"), written.max.as_ref(), 0.0, &LIMIT_MS);
    Some(Threshold {
        limit,
        strict: written.strict.unwrap_or(false),
    })
}

fn error_rate_margin(
    here: &FieldPath,
    spec: &MetricSpec,
    threshold: Option<Threshold>,
    findings: &mut Findings<'_>,
) -> Margin {
    let (relative, absolute) = halves(spec.margin.as_ref());
    let at = here.key("margin");
    let relative = findings.percent(
        &at.key("relative"),
        relative,
        DEFAULT_ERROR_RATE_RELATIVE,
        &RELATIVE,
    );
    let absolute = match absolute {
        Some(_) => findings
            .percent(&at.key("absolute"), absolute, Percent::ZERO, &SHARE)
            .fraction(),
        None => threshold.map_or(DEFAULT_ERROR_RATE_ABSOLUTE, |threshold| {
            DEFAULT_SHARE_OF_THRESHOLD * threshold.limit
        }),
    };
    Margin::ErrorRate {
        relative: relative.fraction(),
        absolute,
    }
}

fn latency_margin(here: &FieldPath, spec: &MetricSpec, findings: &mut Findings<'_>) -> Margin {
    let (relative, absolute) = halves(spec.margin.as_ref());
    let at = here.key("margin");
    let relative = findings.percent(&at.key("relative"), relative, DEFAULT_LATENCY_RELATIVE, &RELATIVE);
    let absolute_ms = findings.milliseconds(
        &at.key("absolute"),
        absolute,
        DEFAULT_LATENCY_ABSOLUTE_MS,
        &MARGIN_MS,
    );
    Margin::Latency {
        relative: relative.fraction(),
        absolute_ms,
    }
}

fn halves(margin: Option<&MarginSpec>) -> (Option<&Quantity>, Option<&Quantity>) {
    margin.map_or((None, None), |margin| {
        (margin.relative.as_ref(), margin.absolute.as_ref())
    })
}
