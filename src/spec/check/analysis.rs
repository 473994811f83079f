//! The `analysis` section: interval, metrics, what happens without data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::DURATION;
use super::context::Context;
use super::findings::{Findings, Range};
use super::habits::remark_on_range;
use super::metric::metric;
use crate::document::{FieldPath, Percent};
use crate::spec::canary::{AnalysisSpec, NoDataPolicySpec, NoDataSpec};
use crate::spec::checked::{AfterDeadline, Analysis, Margin, Metric, NoDataPolicies, NoDataPolicy, Question};

/// Metrics of a Canary. They share the false-abort rate: with more, each has too little to decide on.
pub(in crate::spec) const MAX_METRICS: usize = 20;
/// Prometheus scrapes every 15 to 60 seconds as a rule; ten see a change with the first scrape that has it.
pub(in crate::spec) const DEFAULT_INTERVAL: Duration = Duration::from_secs(10);
/// Caches, connection pools and just-in-time compilers are warm by then.
pub(in crate::spec) const DEFAULT_WARMUP: Duration = Duration::from_secs(30);
/// One healthy rollout in a hundred may be aborted.
pub(in crate::spec) const DEFAULT_FALSE_ABORT_RATE: Percent = Percent::whole(1);
/// Longer than a restart of the metric source takes.
pub(in crate::spec) const DEFAULT_NO_DATA_AFTER: Duration = Duration::from_secs(15 * 60);
/// A silent canary beside a busy baseline is broken, not unlucky.
pub(in crate::spec) const DEFAULT_CANARY_SILENT_AFTER: Duration = Duration::from_secs(2 * 60);

const INTERVAL: Range<Duration> = Range {
    expected: "a duration from `1s` to `1h`",
    holds: |interval| interval >= Duration::from_secs(1) && interval <= Duration::from_secs(60 * 60),
};
const FALSE_ABORT_RATE: Range<Percent> = Range {
    expected: "a percentage above `0%`, up to `50%`",
    holds: |rate| rate > Percent::ZERO && rate <= Percent::whole(50),
};

/// Checks the section and resolves its metrics.
pub(super) fn analysis(
    here: &FieldPath,
    spec: &AnalysisSpec,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Analysis {
    let interval = findings.duration(
        &here.key("interval"),
        spec.interval.as_ref(),
        DEFAULT_INTERVAL,
        &INTERVAL,
    );
    let metrics = metrics(&here.key("metrics"), spec, context, findings);
    for (index, metric) in metrics.iter().enumerate() {
        if let Question::Value { query, .. } = &metric.question {
            let field = here.key("metrics").index(index).key("template");
            remark_on_range(&field, &query.canary, interval, findings);
        }
    }
    Analysis {
        data_source: context.data_source.clone(),
        interval,
        warmup: findings.duration(
            &here.key("warmup"),
            spec.warmup.as_ref(),
            DEFAULT_WARMUP,
            &DURATION,
        ),
        false_abort_rate: findings
            .percent(
                &here.key("falseAbortRate"),
                spec.false_abort_rate.as_ref(),
                DEFAULT_FALSE_ABORT_RATE,
                &FALSE_ABORT_RATE,
            )
            .fraction(),
        metrics,
        no_data: no_data(&here.key("noData"), spec.no_data.as_ref(), findings),
    }
}

fn metrics(
    here: &FieldPath,
    spec: &AnalysisSpec,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Arc<[Metric]> {
    let count = spec.metrics.len();
    if count == 0 {
        let hint = "such as `- template: success-rate`".to_owned();
        findings.refuse_found(here, "at least one metric", "none", hint);
    }
    if count > MAX_METRICS {
        findings.refuse_found(
            here,
            format!("at most {MAX_METRICS} metrics"),
            count.to_string(),
            None,
        );
        return Arc::default();
    }
    let mut metrics: Vec<Metric> = Vec::new();
    let mut positions = BTreeMap::new();
    for (index, spec) in spec.metrics.iter().enumerate() {
        let here = here.index(index);
        let Some(metric) = metric(&here, spec, context, findings) else {
            continue;
        };
        if let Some(twin) = metrics
            .iter()
            .position(|earlier| earlier.question == metric.question)
        {
            let twin: usize = positions.get(&twin).copied().unwrap_or(twin);
            findings.refuse_found(
                &here,
                "each question once",
                format!("the same as metrics[{twin}]"),
                None,
            );
        }
        positions.insert(metrics.len(), index);
        metrics.push(metric);
    }
    let values = metrics
        .iter()
        .filter(|metric| metric.margin == Margin::NotCompared);
    if count > 0 && values.count() == count {
        let hint =
            "a value says nothing of who is served: add a metric with a `successRate` or `latency` template"
                .to_owned();
        findings.refuse_found(
            here,
            "at least one metric that counts requests",
            "only values",
            hint,
        );
    }
    metrics.into()
}

fn no_data(here: &FieldPath, spec: Option<&NoDataSpec>, findings: &mut Findings<'_>) -> NoDataPolicies {
    let unwritten = NoDataSpec::default();
    let spec = spec.unwrap_or(&unwritten);
    let patient = NoDataPolicy {
        after: DEFAULT_NO_DATA_AFTER,
        then: AfterDeadline::Hold,
    };
    let silent = NoDataPolicy {
        after: DEFAULT_CANARY_SILENT_AFTER,
        then: AfterDeadline::Abort,
    };
    let mut policy = |name: &str, written: &Option<NoDataPolicySpec>, default: NoDataPolicy| {
        let Some(written) = written else {
            return default;
        };
        let after = here.key(name).key("after");
        NoDataPolicy {
            after: findings.duration(&after, written.after.as_ref(), default.after, &DURATION),
            then: written.then.unwrap_or(default.then),
        }
    };
    NoDataPolicies {
        source_down: policy("sourceDown", &spec.source_down, patient),
        stale: policy("stale", &spec.stale, patient),
        no_traffic: policy("noTraffic", &spec.no_traffic, patient),
        canary_silent: policy("canarySilent", &spec.canary_silent, silent),
        baseline_silent: policy("baselineSilent", &spec.baseline_silent, patient),
    }
}
