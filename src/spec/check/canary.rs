//! A whole Canary.

use std::collections::BTreeSet;
use std::time::Duration;

use super::analysis::analysis;
use super::context::Context;
use super::data_source::data_source;
use super::findings::{Findings, Range};
use super::hooks::hooks;
use super::places::{traffic, workloads};
use super::plan::steps;
use super::{DURATION, Known, Templates, check_metadata};
use crate::document::{DNS_LABEL, FieldPath, Percent, is_dns_label, nearest};
use crate::spec::canary::{CanaryDocument, PromotionSpec};
use crate::spec::checked::{
    CheckedCanary, Mode, OnInconclusive, Origin, Promotion, PromotionWorkload, Scaling,
};

/// The namespace where none is written, as in Kubernetes.
pub(in crate::spec) const DEFAULT_NAMESPACE: &str = "default";
/// Half of what the weight asks for: a canary may be busier than stable, not overrun.
pub(in crate::spec) const DEFAULT_CAPACITY: Percent = Percent::whole(50);
/// Long enough for proof at some hundred requests a second, short enough for somebody to be still there.
pub(in crate::spec) const DEFAULT_MAX_DURATION: Duration = Duration::from_secs(60 * 60);
/// Slow leaks and full queues show in minutes.
pub(in crate::spec) const DEFAULT_BAKE: Duration = Duration::from_secs(10 * 60);
/// Notification channels of a Canary.
pub(in crate::spec) const MAX_CHANNELS: usize = 20;

const CAPACITY: Range<Percent> = Range {
    expected: "a percentage from `0%` to `100%`",
    holds: |capacity| capacity <= Percent::WHOLE,
};
const MAX_DURATION: Range<Duration> = Range {
    expected: "a duration from `1s` to `30d`",
    holds: |duration| duration >= Duration::from_secs(1) && (DURATION.holds)(duration),
};

/// Checks a Canary and fills in its defaults. The value counts only if there are no findings.
pub(super) fn check_canary(
    document: &CanaryDocument,
    templates: &Templates<'_>,
    known: Option<&Known>,
    findings: &mut Findings<'_>,
) -> Option<CheckedCanary> {
    check_metadata(&document.metadata, findings);
    let namespace = document
        .metadata
        .namespace
        .as_deref()
        .unwrap_or(DEFAULT_NAMESPACE);
    let here = FieldPath::of("spec");
    let spec = &document.spec;
    let workloads = workloads(&here.key("workloads"), &spec.workloads, findings);
    let traffic = traffic(&here.key("traffic"), &spec.traffic, namespace, findings);
    let steps = steps(&here.key("steps"), spec.steps.as_ref(), findings);
    let capacity = findings.percent(
        &here.key("capacity"),
        spec.capacity.as_ref(),
        DEFAULT_CAPACITY,
        &CAPACITY,
    );
    let scaling = scaling(
        &here.key("scaling"),
        spec.scaling,
        workloads.are_in_cluster(),
        findings,
    );
    let max_duration = findings.duration(
        &here.key("maxDuration"),
        spec.max_duration.as_ref(),
        DEFAULT_MAX_DURATION,
        &MAX_DURATION,
    );
    let data_source = data_source(
        &here,
        spec.analysis.data_source.as_deref(),
        &workloads,
        known.map(|known| &known.data_sources),
        findings,
    );
    let context = Context {
        namespace,
        name: &document.metadata.name,
        traffic: traffic.as_ref(),
        workloads: &workloads,
        data_source: &data_source,
        templates,
    };
    let analysis = analysis(&here.key("analysis"), &spec.analysis, &context, findings);
    let promotion = promotion(
        &here.key("promotion"),
        spec.promotion.as_ref(),
        workloads.are_in_cluster(),
        findings,
    );
    let mode = spec.mode.unwrap_or(Mode::Control);
    let hooks = hooks(
        &here.key("hooks"),
        spec.hooks.as_deref().unwrap_or_default(),
        mode,
        known.map(|known| &known.hooks),
        findings,
    );
    let notify = notify(
        &here.key("notify"),
        spec.notify.as_deref().unwrap_or_default(),
        known.map(|known| &known.channels),
        findings,
    );
    Some(CheckedCanary {
        namespace: namespace.to_owned(),
        name: document.metadata.name.clone(),
        mode,
        workloads,
        traffic: traffic?,
        steps,
        capacity: capacity.fraction(),
        scaling,
        max_duration,
        on_inconclusive: spec.on_inconclusive.unwrap_or(OnInconclusive::Hold),
        analysis,
        promotion,
        hooks,
        notify,
        origin: Origin::Document,
    })
}

fn scaling(
    here: &FieldPath,
    scaling: Option<Scaling>,
    is_in_cluster: bool,
    findings: &mut Findings<'_>,
) -> Scaling {
    let scaling = scaling.unwrap_or_default();
    if scaling == Scaling::Auto && !is_in_cluster {
        let hint =
            "endpoints are processes that Serin did not start: they are scaled by whoever did".to_owned();
        findings.refuse(here, "`none` with `endpoints`", hint);
    }
    scaling
}

fn promotion(
    here: &FieldPath,
    spec: Option<&PromotionSpec>,
    is_in_cluster: bool,
    findings: &mut Findings<'_>,
) -> Promotion {
    let unwritten = PromotionSpec::default();
    let spec = spec.unwrap_or(&unwritten);
    if spec.workload == Some(PromotionWorkload::Copy) && !is_in_cluster {
        let hint = "endpoints have no pod template to copy: the canary stays at its weight until somebody changes it";
        findings.refuse(&here.key("workload"), "`none` with `endpoints`", hint.to_owned());
    }
    Promotion {
        bake: findings.duration(&here.key("bake"), spec.bake.as_ref(), DEFAULT_BAKE, &DURATION),
        workload: spec.workload.unwrap_or(if is_in_cluster {
            PromotionWorkload::Copy
        } else {
            PromotionWorkload::None
        }),
    }
}

fn no_such_channel() -> String {
    "the configuration has the channels, under `notify.channels`".to_owned()
}

fn notify(
    here: &FieldPath,
    channels: &[String],
    known: Option<&BTreeSet<String>>,
    findings: &mut Findings<'_>,
) -> Vec<String> {
    if channels.len() > MAX_CHANNELS {
        findings.refuse_found(
            here,
            format!("at most {MAX_CHANNELS} channels"),
            channels.len().to_string(),
            None,
        );
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    for (index, channel) in channels.iter().enumerate() {
        if !is_dns_label(channel) {
            findings.refuse(&here.index(index), DNS_LABEL, None);
        } else if !seen.insert(channel) {
            findings.refuse_found(
                &here.index(index),
                "each channel once",
                format!("`{channel}` again"),
                None,
            );
        } else if let Some(known) = known.filter(|known| !known.contains(channel)) {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let hint = nearest(channel, known.iter().map(String::as_str))
                .map_or_else(no_such_channel, |near| format!("did you mean `{near}`?"));
            let expected = format!("a channel of the configuration: {}", names.join(", "));
            findings.refuse(&here.index(index), &expected, hint);
        }
    }
    channels.to_vec()
}
