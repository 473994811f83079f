//! The counters that a metric asks a server for.

use super::absent;
use super::apart;
use super::arms::{self, Seen};
use super::ask::Ask;
use super::buckets;
use super::errors;
use super::finding::{About, Finding};
use super::fresh::fresh_finding;
use super::history;
use super::interval::{self, Scraped};
use super::selector::Wanted;
use crate::driver::ports::Clock;
use crate::engine::{Arm, PerArm};
use crate::metric_source::MetricSources;
use crate::spec::{CheckedCanary, Metric};

/// What explains a look at `metric`: from whether there is anything at all to how fine it is. Nothing for a value, whose look says it.
pub(super) async fn findings(
    ask: &Ask<'_>,
    canary: &CheckedCanary,
    metric: &Metric,
    sources: &MetricSources,
    clock: &dyn Clock,
) -> Vec<Finding> {
    let Some(wanted) = Wanted::requests(metric, ask.client().settings().query_offset) else {
        return Vec::new();
    };
    let seen = match arms::seen(ask, &wanted).await {
        Ok(seen) => seen,
        Err(finding) => return vec![finding],
    };
    let mut findings = present(ask, metric, &wanted, &seen).await;
    if seen.canary.is_absent() && seen.baseline.is_absent() {
        return findings;
    }
    findings.push(apart::labels_finding(ask, &wanted, &seen).await);
    if seen.canary.pods.is_empty() && seen.baseline.pods.is_empty() {
        return findings;
    }
    findings.push(arms::pods_finding(&wanted, &seen));
    let here = if seen.baseline.is_absent() {
        Arm::Canary
    } else {
        Arm::Baseline
    };
    let scraped = interval::scraped(ask, &wanted, here).await;
    findings.push(fresh_finding(&wanted, &seen, &scraped, canary.analysis.interval));
    findings.push(Scraped::finding(&scraped, canary.analysis.interval));
    findings.extend(errors::finding(ask, metric, &wanted).await);
    findings.extend(buckets::finding(ask, metric, &wanted).await);
    findings.extend(history::finding(sources, metric, canary, clock).await);
    findings
}

/// Whether each arm has series; where one has none, why.
async fn present(ask: &Ask<'_>, metric: &Metric, wanted: &Wanted<'_>, seen: &PerArm<Seen>) -> Vec<Finding> {
    let (canary, stable) = (!seen.canary.is_absent(), !seen.baseline.is_absent());
    let mut findings = Vec::new();
    for (arm, is_here) in [(Arm::Baseline, stable), (Arm::Canary, canary)] {
        if !is_here {
            findings.push(absent::finding(ask, metric, wanted, arm, stable).await);
        }
    }
    if findings.is_empty() {
        let selectors = wanted.selectors();
        let found = format!("both arms have series of `{}`", wanted.name);
        findings.push(
            Finding::ok(About::Present, found)
                .asked(selectors.baseline)
                .asked(selectors.canary),
        );
    } else if !canary && !stable && findings[0].said == findings[1].said {
        findings.truncate(1);
    }
    findings
}
