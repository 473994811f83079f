//! Metrics of `value` templates: the query of each arm, and the limit on its number.

use super::context::Context;
use super::findings::{Findings, Range};
use super::habits;
use super::meaning::Variables;
use super::promql::{Misfit, Query};
use super::template::overridden;
use super::templates::Template;
use crate::document::FieldPath;
use crate::document::units::{Quantity, UnitError};
use crate::spec::canary::{MetricSpec, ThresholdSpec};
use crate::spec::checked::{ArmQueries, Bound, DataSource, Question, ValueLimit};
use crate::spec::template::ValueSpec;

/// One look may have met a spike and two a garbage collection.
const DEFAULT_LOOKS: u32 = 3;
/// With a look a minute that is two hours, beyond which nobody waits for a gate.
pub(in crate::spec) const MAX_LOOKS: u32 = 100;

/// What a number is written as is decided by its unit; that it is finite too.
const ANY: Range<f64> = Range {
    expected: "a number",
    holds: |_| true,
};

/// Checks the query of a template, whose variables have these values: its own parameters, and anything for the others.
pub(super) fn check_query(value: &ValueSpec, variables: &Variables<'_>, findings: &mut Findings<'_>) {
    let field = FieldPath::of("spec.value.query");
    let query = match Query::read(&value.query) {
        Ok(query) => query,
        Err(misfit) => return refuse(&field, &value.query, misfit, findings),
    };
    let unknown = query.variables().find_map(|name| variables.value(name).err());
    if let Some(hint) = unknown {
        findings.refuse(&field, "variables that exist", hint);
    } else if let Err(misfit) = query.rendered(&variables.values()) {
        refuse(&field, &value.query, misfit, findings);
    }
    habits::remark_on_query(&field, &query, findings);
}

/// What a metric of a `value` template asks. `None` where that cannot be told; the findings say why.
pub(super) fn question(
    here: &FieldPath,
    spec: &MetricSpec,
    template: Template<'_>,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Option<Question> {
    let value = template.content.spec.value.as_ref()?;
    if *context.data_source == DataSource::Scrape {
        findings.refuse(
            &here.key("template"),
            "a template with `successRate` or `latency`",
            "endpoints answer no query: a `value` is asked of a Prometheus server, which `analysis.dataSource` names".to_owned(),
        );
    }
    if spec.quantile.is_some() {
        let hint = "a quantile is for a latency".to_owned();
        findings.refuse(&here.key("quantile"), "no quantile on a value", hint);
    }
    if spec.margin.is_some() {
        let hint = "a value is never compared with the baseline's: its `threshold` judges it".to_owned();
        findings.refuse(&here.key("margin"), "no margin on a value", hint);
    }
    let limit = limit(&here.key("threshold"), spec.threshold.as_ref(), value, findings);
    let query = queries(here, spec, template, value, context, findings);
    Some(Question::Value {
        query: query?,
        unit: value.unit.clone(),
        limit: limit?,
    })
}

/// The query of each arm.
fn queries(
    here: &FieldPath,
    spec: &MetricSpec,
    template: Template<'_>,
    value: &ValueSpec,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Option<ArmQueries> {
    let at = here.key("parameters");
    let parameters = overridden(&template.content.spec, spec.parameters.as_ref(), &at, findings);
    // The template is sound: its query was read before.
    let query = Query::read(&value.query).ok()?;
    let (canary, stable) = Variables::of_arms(&parameters, context)?;
    let mut rendered = |variables: &Variables<'_>| {
        let unknown = query.variables().find_map(|name| variables.value(name).err());
        if let Some(hint) = unknown {
            findings.refuse(
                &here.key("template"),
                "a template whose variables have values here",
                hint,
            );
            return None;
        }
        let rendered = query.rendered(&variables.values());
        rendered
            .map_err(|misfit| findings.refuse(&at, misfit.expected, misfit.hint))
            .ok()
    };
    let canary = rendered(&canary)?;
    let stable = rendered(&stable)?;
    if canary == stable {
        findings.refuse_found(
            &here.key("template"),
            "a template that tells the arms apart",
            "one that asks the same of both",
            "use `${workload}` in the template's query".to_owned(),
        );
    }
    Some(ArmQueries { canary, stable })
}

fn limit(
    here: &FieldPath,
    spec: Option<&ThresholdSpec>,
    value: &ValueSpec,
    findings: &mut Findings<'_>,
) -> Option<ValueLimit> {
    let Some(spec) = spec else {
        let hint = "such as `{max: 500}`: nothing else judges a value".to_owned();
        findings.refuse_found(here, "a threshold", "none", hint);
        return None;
    };
    let (bound, field, written) = match (&spec.max, &spec.min) {
        (Some(max), None) => (Bound::Max, here.key("max"), max),
        (None, Some(min)) => (Bound::Min, here.key("min"), min),
        (None, None) => {
            findings.refuse_found(here, "`max` or `min`, such as `{max: 500}`", "none", None);
            return None;
        }
        (Some(_), Some(_)) => {
            let hint = "two metrics of one template may have one each".to_owned();
            findings.refuse_found(here, "`max` or `min`", "both", hint);
            return None;
        }
    };
    let unit = value.unit.as_deref();
    let limit = findings.quantity(&field, Some(written), 0.0, |limit| amount(limit, unit), &ANY);
    let looks = match spec.looks.map(u32::try_from) {
        None => DEFAULT_LOOKS,
        Some(Ok(looks)) if (1..=MAX_LOOKS).contains(&looks) => looks,
        Some(_) => {
            let expected = format!("looks in a row, from 1 to {MAX_LOOKS}");
            findings.refuse(&here.key("looks"), expected, None);
            DEFAULT_LOOKS
        }
    };
    Some(ValueLimit {
        bound,
        limit,
        looks,
        strict: spec.strict.unwrap_or(false),
    })
}

/// A number in a template's unit: plain, or as people write quantities of that unit.
fn amount(written: &Quantity, unit: Option<&str>) -> Result<f64, UnitError> {
    let plain = written.number();
    match unit {
        _ if plain.is_ok() => plain,
        Some("bytes") => written.bytes(),
        Some("seconds" | "s") => written.milliseconds().map(|ms| ms / 1_000.0),
        Some("milliseconds" | "ms") => written.milliseconds(),
        Some("ratio") => written.percent().map(|percent| percent.fraction()),
        _ => plain,
    }
}

fn refuse(field: &FieldPath, query: &str, misfit: Misfit, findings: &mut Findings<'_>) {
    let hint = match (misfit.place(query), misfit.hint) {
        (Some(place), Some(hint)) => Some(format!("{place} of the query: {hint}")),
        (Some(place), None) => Some(format!("{place} of the query")),
        (None, hint) => hint,
    };
    findings.refuse(field, misfit.expected, hint);
}
