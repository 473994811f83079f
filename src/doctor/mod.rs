//! Whether every Canary can be judged: with these templates, these servers, now.
//!
//! Promises: it only reads; it asks the servers what a rollout would ask them, by the same code, and beyond that what explains the
//! answer; each [`Finding`] has what was asked and what came. A `problem` is what keeps a Canary from being judged as things are;
//! a `warning` is worth knowing and does not. Everything is bounded, in time and in what is shown. It leaves printing to others.

mod absent;
mod apart;
mod arms;
mod ask;
mod buckets;
mod canary;
mod clock;
mod counters;
mod diagnosis;
mod errors;
mod finding;
mod fresh;
mod history;
mod hooks;
mod interval;
mod look;
mod selector;
mod server;
mod shown;
mod value;

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};

use self::ask::Ask;
use self::canary::{unasked, with_counters};
pub use self::diagnosis::{CanaryDiagnosis, Diagnosis, HookDiagnosis, MetricDiagnosis, SourceDiagnosis};
pub use self::finding::{About, Finding, Level};
pub use self::hooks::reach;
use crate::driver::ports::Clock;
use crate::metric_source::MetricSources;
use crate::spec::{CheckedCanary, DataSource};

/// Canaries that are looked at at once: each has one question under way, and a server has others to answer.
const CANARIES_AT_ONCE: usize = 4;

/// Looks at every one of `canaries`, by the data source that it names.
pub async fn examine(canaries: &[CheckedCanary], sources: &MetricSources, clock: &dyn Clock) -> Diagnosis {
    let mut by_source: BTreeMap<&DataSource, Vec<&CheckedCanary>> = BTreeMap::new();
    for canary in canaries {
        by_source
            .entry(&canary.analysis.data_source)
            .or_default()
            .push(canary);
    }
    let mut data_sources = Vec::new();
    for (source, canaries) in by_source {
        data_sources.push(match source {
            DataSource::Scrape => scraped(&canaries, sources, clock).await,
            DataSource::Prometheus(name) => asked(name, &canaries, sources, clock).await,
        });
    }
    Diagnosis {
        data_sources,
        hooks: Vec::new(),
    }
}

/// The endpoints of these Canaries, each its own source.
async fn scraped(canaries: &[&CheckedCanary], sources: &MetricSources, clock: &dyn Clock) -> SourceDiagnosis {
    let looked = canaries
        .iter()
        .map(|canary| with_counters(canary, sources, None, clock));
    SourceDiagnosis {
        name: "scrape".to_owned(),
        address: None,
        findings: Vec::new(),
        canaries: stream::iter(looked).buffered(CANARIES_AT_ONCE).collect().await,
    }
}

/// A server, and the Canaries that it has the counters of.
async fn asked(
    name: &str,
    canaries: &[&CheckedCanary],
    sources: &MetricSources,
    clock: &dyn Clock,
) -> SourceDiagnosis {
    let mut diagnosis = SourceDiagnosis {
        name: name.to_owned(),
        address: None,
        findings: Vec::new(),
        canaries: Vec::new(),
    };
    let Some(client) = sources.prometheus.client(name) else {
        let said = format!("the configuration has no data source `{name}`");
        let hint = "add it under `dataSources`";
        diagnosis
            .findings
            .push(Finding::problem(About::Reachable, said).hint(hint));
        diagnosis.canaries = canaries.iter().map(|canary| unasked(canary, name)).collect();
        return diagnosis;
    };
    diagnosis.address = Some(client.settings().address.to_string());
    let ask = Ask::new(client);
    diagnosis.findings = server::findings(&ask, clock).await;
    diagnosis.canaries = if diagnosis
        .findings
        .iter()
        .any(|finding| finding.level == Level::Problem)
    {
        canaries.iter().map(|canary| unasked(canary, name)).collect()
    } else {
        let looked = canaries
            .iter()
            .map(|canary| with_counters(canary, sources, Some(&ask), clock));
        stream::iter(looked).buffered(CANARIES_AT_ONCE).collect().await
    };
    diagnosis
}
