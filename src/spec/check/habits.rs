//! What is not wrong in a template and rarely meant: told as notes, with what to write instead.

use std::time::Duration;

use humantime::format_duration;

use super::findings::Findings;
use super::promql::{Habit, Query};
use super::template::Measure;
use crate::document::FieldPath;
use crate::spec::checked::Series;
use crate::spec::template::ErrorsSpec;

/// What counters end in: their own mark, or that of a histogram's total.
const COUNTERS: [&str; 2] = ["_total", "_count"];

/// Exporters that name their counters otherwise.
const OTHERWISE: [&str; 2] = ["envoy_", "nginx_ingress_controller_"];

/// Remarks on what a template measures. `errors` is what it says of errors, where it has some.
pub(super) fn remark(measure: &Measure, errors: Option<&ErrorsSpec>, findings: &mut Findings<'_>) {
    match measure {
        Measure::SuccessRate {
            requests,
            errors: counted,
        } => {
            let here = FieldPath::of("spec.successRate");
            counter(&here.key("requests").key("metric"), requests, findings);
            if errors.is_some_and(|errors| errors.metric.is_some()) {
                counter(&here.key("errors").key("metric"), counted, findings);
            }
        }
        Measure::Latency { histogram, .. } => {
            raw(&FieldPath::of("spec.latency.histogram"), histogram, findings);
        }
        Measure::Value => {}
    }
}

/// Remarks on a value's query.
pub(super) fn remark_on_query(field: &FieldPath, query: &Query<'_>, findings: &mut Findings<'_>) {
    for habit in query.habits() {
        findings.remark(field, match habit {
            Habit::Quantile => {
                "a quantile from a histogram: a `latency` template judges it on evidence and beside the baseline, a value by looks in \
                 a row"
                    .to_owned()
            }
            Habit::Average { family } => format!(
                "an average hides the slow ones: a `latency` template judges a quantile of `{family}` on evidence and beside the baseline"
            ),
            Habit::Share { metric } => format!(
                "a share of `{metric}`: a `successRate` template judges it on evidence and beside the baseline, a value by looks in a row"
            ),
        });
    }
}

/// Remarks where a value's query, rendered, looks back less far than to the look before.
pub(super) fn remark_on_range(
    field: &FieldPath,
    query: &str,
    interval: Duration,
    findings: &mut Findings<'_>,
) {
    let range = Query::read(query).ok().and_then(|query| query.shortest_range());
    if let Some(range) = range.filter(|range| *range < interval) {
        findings.remark(
            field,
            format!(
                "the query looks back {}, and a look is taken every {}: what is between is never seen",
                format_duration(range),
                format_duration(interval)
            ),
        );
    }
}

fn counter(field: &FieldPath, series: &Series, findings: &mut Findings<'_>) {
    let name = &series.metric;
    if name.contains(':') {
        return raw(field, series, findings);
    }
    let is_counter = COUNTERS.iter().any(|end| name.ends_with(end));
    let is_known = OTHERWISE.iter().any(|exporter| name.starts_with(exporter));
    if !is_counter && !is_known && !name.is_empty() {
        findings.remark(
            field,
            format!(
                "`{name}` does not end in `_total`, as counters do: what goes up and down cannot be counted"
            ),
        );
    }
}

/// Remarks where a name is that of a recording rule: what it recorded is rarely a counter, and never a pod's.
fn raw(field: &FieldPath, series: &Series, findings: &mut Findings<'_>) {
    let name = &series.metric;
    if name.contains(':') {
        findings.remark(
            field,
            format!("`{name}` is named as a recording rule is: a rate cannot be counted, nor a sum that has lost its pods; name the raw counter"),
        );
    }
}
