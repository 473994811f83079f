//! How the series of the two arms are told apart in a Prometheus server.

use std::collections::BTreeMap;

use super::context::Context;
use super::findings::Findings;
use super::meaning::Variables;
use super::patterns::filled;
use super::template::{overridden, pod_label, refuse_parameters};
use super::templates::Template;
use crate::document::FieldPath;
use crate::spec::canary::MetricSpec;
use crate::spec::checked::{ArmLabels, DataSource};
use crate::spec::template::TemplateSpec;

/// The label that tells pods apart where a template names none: what Kubernetes' service discovery calls it as a rule.
const DEFAULT_POD_LABEL: &str = "pod";

/// Checks what a template says of its arms.
pub(super) fn check_arms(spec: &TemplateSpec, variables: &Variables<'_>, findings: &mut Findings<'_>) {
    let here = FieldPath::of("spec");
    let of_each = [("stable", &spec.stable), ("canary", &spec.canary)];
    for (name, labels) in [("arm", &spec.arm)].into_iter().chain(of_each) {
        filled(&here.key(name), labels.as_ref(), variables, findings);
    }
    let [stable, canary] =
        of_each.map(|(_, labels)| labels.iter().flatten().map(|(label, _)| label.as_str()));
    if !stable.clone().eq(canary.clone()) {
        let named = |labels: Vec<&str>| match labels.join("`, `") {
            labels if labels.is_empty() => "none".to_owned(),
            labels => format!("`{labels}`"),
        };
        let expected = format!("the labels that `stable` has: {}", named(stable.collect()));
        let hint = "an arm whose series lack a label matches it with `\"\"`".to_owned();
        findings.refuse_found(&here.key("canary"), expected, named(canary.collect()), hint);
    }
}

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
    let all = [&content.arm, &content.stable, &content.canary];
    if all.into_iter().flatten().all(BTreeMap::is_empty) {
        let hint = "a Prometheus server has the series of many workloads: the template needs `arm`, such as \
                    `{namespace: \"${namespace}\", app: \"${workload}\"}`";
        findings.refuse(&at, "a template that tells the arms apart", hint.to_owned());
        return None;
    }
    let parameters_at = here.key("parameters");
    // What is wrong with the names has been told before.
    let mut told = Findings::new(template.document);
    let parameters = overridden(content, spec.parameters.as_ref(), &parameters_at, &mut told);
    let (canary, stable) = Variables::of_arms(&parameters, context)?;
    let mut with_these = Findings::new(template.document);
    let mut labels = |variables, name, own: &Option<BTreeMap<String, String>>| {
        let here = FieldPath::of("spec");
        let of_both = content.arm.as_ref();
        let mut labels = filled(&here.key("arm"), of_both, variables, &mut with_these);
        labels.extend(filled(&here.key(name), own.as_ref(), variables, &mut with_these));
        labels
    };
    let arms = ArmLabels {
        canary: labels(&canary, "canary", &content.canary),
        stable: labels(&stable, "stable", &content.stable),
        pod: pod_label(content, &stable, &mut with_these).unwrap_or_else(|| DEFAULT_POD_LABEL.to_owned()),
    };
    if !with_these.is_sound() {
        refuse_parameters(&parameters_at, with_these, findings);
        return None;
    }
    if !arms.canary.keys().eq(arms.stable.keys()) {
        let expected = "a template that names the same labels for both arms";
        findings.refuse_found(&at, expected, "one with variables in them that differ", None);
    }
    if arms.canary == arms.stable {
        let expected = "a template that tells the arms apart";
        let hint = "use `${workload}` in the template's `arm`".to_owned();
        findings.refuse_found(&at, expected, "one that reads the same series for both", hint);
    }
    Some(arms)
}
