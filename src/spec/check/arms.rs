//! How the series of the two arms are told apart in a Prometheus server.

use std::collections::BTreeMap;

use super::context::Context;
use super::findings::Findings;
use super::patterns::{Variables, filled};
use super::template::overridden;
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
    let content = &template.content.spec;
    if content.arm.as_ref().is_none_or(BTreeMap::is_empty) {
        let hint = "a Prometheus server has the series of many workloads: the template needs \
                    `arm`, such as `{namespace: \"${namespace}\", pod: \"${workload}-.*\"}`";
        findings.refuse(
            &here.key("template"),
            "a template that tells the arms apart",
            hint.to_owned(),
        );
        return None;
    }
    let parameters = overridden(
        content,
        spec.parameters.as_ref(),
        &here.key("parameters"),
        findings,
    );
    let labels = |workload: &Workload| {
        let mut values = parameters.clone();
        values.insert("workload", workload.name()?);
        values.insert("namespace", context.namespace);
        let variables = Variables {
            values,
            elsewhere: &[],
        };
        let mut with_these = Findings::new(template.document);
        let labels = filled(
            &FieldPath::of("spec.arm"),
            content.arm.as_ref(),
            &variables,
            &mut with_these,
        );
        with_these.is_sound().then_some(labels)
    };
    let workloads = context.workloads;
    let (canary, stable) = (labels(&workloads.canary)?, labels(&workloads.stable)?);
    if canary == stable {
        let hint = "use `${workload}` in the template's `arm`".to_owned();
        findings.refuse_found(
            &here.key("template"),
            "a template that tells the arms apart",
            "one that reads the same series for both",
            hint,
        );
    }
    Some(ArmLabels {
        canary,
        stable,
        pod: content
            .pod
            .clone()
            .unwrap_or_else(|| DEFAULT_POD_LABEL.to_owned()),
    })
}
