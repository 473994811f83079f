//! Templates: what may stand in one, and what a metric that uses it counts.

use std::collections::BTreeMap;

use super::arms::check_arms;
use super::findings::Findings;
use super::habits;
use super::meaning::{BUILT_IN, Parameters, Variables, check_parameter};
use super::names::{LABEL_NAME, METRIC_NAME, is_label_name, is_metric_name};
use super::patterns::{fill_name, filled};
use super::value::check_query;
use crate::document::{FieldPath, did_you_mean};
use crate::spec::checked::{Labels, Series};
use crate::spec::template::{
    ErrorsSpec, LatencySpec, LatencyUnit, SuccessRateSpec, TemplateDocument, TemplateSpec,
};

/// What a template measures, with its parameters filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Measure {
    SuccessRate { requests: Series, errors: Series },
    Latency { histogram: Series, unit_ms: f64 },
    Value,
}

/// Checks a whole template.
pub(super) fn check_template(document: &TemplateDocument, findings: &mut Findings<'_>) {
    super::check_metadata(&document.metadata, findings);
    let spec = &document.spec;
    for (name, value) in spec.parameters.iter().flatten() {
        let field = FieldPath::of("spec.parameters").key(name);
        check_parameter(&field, value, findings);
        if BUILT_IN.contains(&name.as_str()) {
            let hint = format!("`${{{name}}}` is built in");
            findings.refuse_found(&field, "another name", format!("`{name}`"), hint);
        } else if !is_label_name(name) {
            let found = format!("`{}`", crate::document::shown(name));
            findings.refuse_found(&field, "a name of letters, digits and `_`", found, None);
        }
    }
    if let Some(measure) = measure(spec, &parameters(spec), findings) {
        let errors = spec
            .success_rate
            .as_ref()
            .map(|success_rate| &success_rate.errors);
        habits::remark(&measure, errors, findings);
    }
    let everywhere = Variables::of_nobody(&parameters(spec));
    check_arms(spec, &everywhere, findings);
    pod_label(spec, &everywhere, findings);
    if let Some(value) = &spec.value {
        check_query(value, &everywhere, findings);
    }
}

/// The label that tells pods apart, where the template names one and it is a label.
pub(super) fn pod_label(
    spec: &TemplateSpec,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    let field = FieldPath::of("spec.pod");
    let label = fill_name(&field, spec.pod.as_deref()?, variables, findings)?;
    if !is_label_name(&label) {
        findings.refuse(&field, LABEL_NAME, None);
        return None;
    }
    Some(label)
}

/// The template's parameters with their own values.
pub(super) fn parameters(spec: &TemplateSpec) -> Parameters<'_> {
    spec.parameters
        .iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// What the template measures with these parameters. `None` where that cannot be told; the findings say why.
pub(super) fn measure(
    spec: &TemplateSpec,
    parameters: &Parameters<'_>,
    findings: &mut Findings<'_>,
) -> Option<Measure> {
    let here = FieldPath::of("spec");
    let variables = Variables::of_all(parameters);
    match (&spec.success_rate, &spec.latency, &spec.value) {
        (Some(success_rate), None, None) => Some(success_rate_measure(
            &here.key("successRate"),
            success_rate,
            &variables,
            findings,
        )),
        (None, Some(latency), None) => Some(latency_measure(
            &here.key("latency"),
            latency,
            &variables,
            findings,
        )),
        (None, None, Some(_)) => Some(Measure::Value),
        (success_rate, latency, value) => {
            let given = [
                ("successRate", success_rate.is_some()),
                ("latency", latency.is_some()),
                ("value", value.is_some()),
            ];
            let given: Vec<String> = given
                .iter()
                .filter(|(_, given)| *given)
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let found = if given.is_empty() {
                "none of them".to_owned()
            } else {
                given.join(" and ")
            };
            findings.refuse_found(
                &here,
                "exactly one of `successRate`, `latency`, `value`",
                found,
                None,
            );
            None
        }
    }
}

fn success_rate_measure(
    here: &FieldPath,
    spec: &SuccessRateSpec,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Measure {
    let at = here.key("requests");
    let requests = Series {
        metric: counter_name(&at.key("metric"), &spec.requests.metric, variables, findings),
        labels: filled(
            &at.key("match"),
            spec.requests.r#match.as_ref(),
            variables,
            findings,
        ),
    };
    no_buckets(&at.key("match"), &requests.labels, NO_BUCKETS, findings);
    let errors = errors_series(&here.key("errors"), &spec.errors, &requests, variables, findings);
    Measure::SuccessRate { requests, errors }
}

/// Why a counter has no `le`.
const NO_BUCKETS: &str = "it is the label of a histogram's buckets; slow requests are a `latency` template's";

fn no_buckets(here: &FieldPath, labels: &Labels, hint: &str, findings: &mut Findings<'_>) {
    if labels.contains_key("le") {
        findings.refuse_found(&here.key("le"), "other labels than `le`", "`le`", hint.to_owned());
    }
}

fn errors_series(
    here: &FieldPath,
    spec: &ErrorsSpec,
    requests: &Series,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Series {
    let own = filled(&here.key("match"), spec.r#match.as_ref(), variables, findings);
    no_buckets(&here.key("match"), &own, NO_BUCKETS, findings);
    let errors = match &spec.metric {
        Some(metric) => Series {
            metric: counter_name(&here.key("metric"), metric, variables, findings),
            labels: own,
        },
        None => {
            let mut labels = requests.labels.clone();
            labels.extend(own);
            Series {
                metric: requests.metric.clone(),
                labels,
            }
        }
    };
    let adds_nothing =
        |(label, pattern): (&String, &String)| pattern == ".*" || requests.labels.get(label) == Some(pattern);
    if errors.metric == requests.metric && errors.labels.iter().all(adds_nothing) {
        findings.refuse_found(
            here,
            "a part of the requests (`match`), or a counter of its own (`metric`)",
            "all requests",
            "such as `match: {code: \"5..\"}`".to_owned(),
        );
    }
    errors
}

fn latency_measure(
    here: &FieldPath,
    spec: &LatencySpec,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> Measure {
    let field = here.key("histogram");
    let histogram = metric_name(&field, &spec.histogram, variables, findings);
    for suffix in ["_bucket", "_count", "_sum"] {
        if let Some(family) = histogram.strip_suffix(suffix) {
            findings.refuse(
                &field,
                "the histogram's name without its parts",
                format!("write `{family}`"),
            );
        }
    }
    let labels = filled(&here.key("match"), spec.r#match.as_ref(), variables, findings);
    no_buckets(&here.key("match"), &labels, "every bucket is read", findings);
    let unit_ms = match spec.unit {
        LatencyUnit::Milliseconds => 1.0,
        LatencyUnit::Seconds => 1_000.0,
    };
    Measure::Latency {
        histogram: Series {
            metric: histogram,
            labels,
        },
        unit_ms,
    }
}

/// As [`metric_name`], of something that counts requests once each.
fn counter_name(
    field: &FieldPath,
    written: &str,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> String {
    let name = metric_name(field, written, variables, findings);
    for (suffix, what) in [
        ("_bucket", "each request is in many of a histogram's buckets"),
        ("_sum", "a sum adds what was measured, and does not count it"),
    ] {
        if let Some(family) = name.strip_suffix(suffix) {
            findings.refuse(
                field,
                "a counter of requests",
                format!("{what}; `{family}_count` counts the requests"),
            );
        }
    }
    name
}

/// The metric's name with its variables filled in, as far as it is one.
fn metric_name(
    field: &FieldPath,
    written: &str,
    variables: &Variables<'_>,
    findings: &mut Findings<'_>,
) -> String {
    let name = fill_name(field, written, variables, findings);
    if name.as_ref().is_some_and(|name| !is_metric_name(name)) {
        findings.refuse(field, METRIC_NAME, None);
    }
    name.unwrap_or_default()
}

/// The template's parameters with the values that a Canary gives instead.
pub(super) fn overridden<'a>(
    spec: &'a TemplateSpec,
    given: Option<&'a BTreeMap<String, String>>,
    field: &FieldPath,
    findings: &mut Findings<'_>,
) -> Parameters<'a> {
    let mut values = parameters(spec);
    for (name, value) in given.into_iter().flatten() {
        if values.contains_key(name.as_str()) {
            check_parameter(&field.key(name), value, findings);
            values.insert(name, value);
        } else {
            let hint = did_you_mean(name, values.keys().copied())
                .unwrap_or_else(|| "the template has no parameters".to_owned());
            findings.refuse(&field.key(name), "a parameter of the template", hint);
        }
    }
    values
}

/// Refuses a Canary's parameters at `field`, for the first thing that is wrong with the template once they are filled in.
pub(super) fn refuse_parameters(field: &FieldPath, with_these: Findings<'_>, findings: &mut Findings<'_>) {
    let hint = with_these.finish().into_iter().next().map(|problem| {
        let field = problem.field.unwrap_or_default();
        let reason = problem.hint.unwrap_or(problem.expected);
        format!("with these {field} of the template is none: {reason}")
    });
    findings.refuse(
        field,
        "values that leave the template's names and patterns what they are",
        hint,
    );
}
