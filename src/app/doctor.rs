//! The doctor, with the data sources that the daemon would have.

use std::sync::Arc;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::doctor::{self, Diagnosis};
use crate::metric_source::{MetricSources, PrometheusSource, ScrapeSource};
use crate::spec::CheckedCanary;

/// Asks the data sources of `config` whether each of `canaries` can be judged now, and whether the servers are there that hooks may go to.
///
/// # Errors
/// Where `hooks.caFile` cannot be used, or a data source cannot be built from the configuration: a checked one has none such.
pub async fn examine(config: &Config, canaries: &[CheckedCanary]) -> anyhow::Result<Diagnosis> {
    let caller = super::hooks::caller(config)?;
    let clients = super::data_sources(&config.data_sources)?;
    let sources = MetricSources {
        scrape: ScrapeSource::default(),
        prometheus: PrometheusSource::new(clients.into_values().map(Arc::new)),
    };
    let clock = SystemClock::start();
    let (diagnosis, hooks) = tokio::join!(
        doctor::examine(canaries, &sources, &clock),
        doctor::reach(&caller, &config.hooks.allow),
    );
    Ok(Diagnosis { hooks, ..diagnosis })
}
