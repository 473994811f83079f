//! One Canary: a look as a rollout would take it, and what explains it.

use std::time::Duration;

use tokio::time::timeout;

use super::ask::Ask;
use super::counters;
use super::diagnosis::{CanaryDiagnosis, MetricDiagnosis};
use super::finding::{About, Finding};
use super::look::look_finding;
use super::shown::seconds;
use super::value::value_finding;
use crate::driver::ports::{Clock, MetricSource};
use crate::engine::{Arm, Look, MetricReading};
use crate::metric_source::MetricSources;
use crate::spec::CheckedCanary;

/// Time for all questions about one Canary: a dozen a metric, each of which has its data source's own time-out.
const CANARY_TIME_MAX: Duration = Duration::from_secs(120);

/// A Canary whose data source cannot be asked.
pub(super) fn unasked(canary: &CheckedCanary, source: &str) -> CanaryDiagnosis {
    let said = format!("nothing was asked: data source {source} gives no answer, see there");
    diagnosis(canary, vec![Finding::problem(About::Look, said)], Vec::new())
}

/// A Canary and its source; `ask` where that is a server that speaks PromQL.
pub(super) async fn with_counters(
    canary: &CheckedCanary,
    sources: &MetricSources,
    ask: Option<&Ask<'_>>,
    clock: &dyn Clock,
) -> CanaryDiagnosis {
    let looked = timeout(CANARY_TIME_MAX, examined(canary, sources, ask, clock)).await;
    looked.unwrap_or_else(|_| {
        let said = format!("no answer to all questions within {}", seconds(CANARY_TIME_MAX));
        diagnosis(canary, vec![Finding::problem(About::Time, said)], Vec::new())
    })
}

async fn examined(
    canary: &CheckedCanary,
    sources: &MetricSources,
    ask: Option<&Ask<'_>>,
    clock: &dyn Clock,
) -> CanaryDiagnosis {
    let Look { readings, .. } = sources.look(canary, clock.now()).await;
    let mut findings = Vec::new();
    let readings: Vec<Option<MetricReading>> = match readings {
        Ok(readings) => readings.into_iter().map(Some).collect(),
        Err(down) => {
            findings.push(Finding::problem(About::Look, down.reason));
            vec![None; canary.analysis.metrics.len()]
        }
    };
    let mut metrics = Vec::new();
    for (metric, reading) in canary.analysis.metrics.iter().zip(readings) {
        let mut findings = Vec::new();
        if let Some(ask) = ask {
            findings.extend(counters::findings(ask, canary, metric, sources, clock).await);
        }
        match reading {
            Some(MetricReading::Value(values)) => findings.push(value_finding(metric, values)),
            Some(MetricReading::Counters(counters)) => {
                let question = sources
                    .prometheus
                    .question(metric, canary, &[Arm::Canary, Arm::Baseline]);
                findings.push(look_finding(&counters, question));
            }
            None => {}
        }
        metrics.push(MetricDiagnosis {
            template: metric.template.clone(),
            findings,
        });
    }
    diagnosis(canary, findings, metrics)
}

fn diagnosis(
    canary: &CheckedCanary,
    findings: Vec<Finding>,
    metrics: Vec<MetricDiagnosis>,
) -> CanaryDiagnosis {
    let name = format!("{}/{}", canary.namespace, canary.name);
    CanaryDiagnosis::new(name, canary.analysis.interval, findings, metrics)
}
