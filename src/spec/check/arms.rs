//! How the series of the two arms are told apart in a Prometheus server.

use std::collections::BTreeMap;

use super::context::Context;
use super::findings::Findings;
use super::patterns::{Variables, filled};
use super::template::{overridden, pod_label, refuse_parameters};
use super::templates::Template;
use crate::document::FieldPath;
use crate::spec::canary::MetricSpec;
use crate::spec::checked::{ArmLabels, DataSource, Workload};

/// The label that tells pods apart where a template names none: what Kubernetes' service discovery calls it as a rule.
const DEFAULT_POD_LABEL: &str = "pod";

/// The labels of both arms as the metric at `here` uses its template; `None` where nobody asks for them, or they are refused.
pub(super) fn arms(
    here: &FieldPath,
    spec: &MetricSpec,
    template: Template<'_>,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Option<ArmLabels> {
    if *context.data_source == DataSource::Scrape || template.content.spec.value.is_some() {
        return None;
    }
    let at = here.key("template");
    let content = &template.content.spec;
    if content.arm.as_ref().is_none_or(BTreeMap::is_empty) {
        let hint = "a Prometheus server has the series of many workloads: the template needs `arm`, such as \
                    `{namespace: \"${namespace}\", app: \"${workload}\"}`";
        findings.refuse(&at, "a template that tells the arms apart", hint.to_owned());
        return None;
    }
    let parameters_at = here.key("parameters");
    // What is wrong with the names has been told before.
    let mut told = Findings::new(template.document);
    let parameters = overridden(content, spec.parameters.as_ref(), &parameters_at, &mut told);
    let variables = |workload| {
        let mut values = parameters.clone();
        values.insert("workload", Workload::name(workload)?);
        values.insert("namespace", context.namespace);
        Some(Variables {
            values,
            elsewhere: &[],
        })
    };
    let (canary, stable) = (
        variables(&context.workloads.canary)?,
        variables(&context.workloads.stable)?,
    );
    let mut with_these = Findings::new(template.document);
    let mut labels = |variables| {
        filled(
            &FieldPath::of("spec.arm"),
            content.arm.as_ref(),
            variables,
            &mut with_these,
        )
    };
    let arms = ArmLabels {
        canary: labels(&canary),
        stable: labels(&stable),
        pod: pod_label(content, &stable, &mut with_these).unwrap_or_else(|| DEFAULT_POD_LABEL.to_owned()),
    };
    if !with_these.is_sound() {
        refuse_parameters(&parameters_at, with_these, findings);
        return None;
    }
    Some(arms)
}
