//! The doctor, with the data sources that the daemon would have.

use std::sync::Arc;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::doctor::{self, Diagnosis};
use crate::metric_source::{MetricSources, PrometheusSource, ScrapeSource};
use crate::spec::CheckedCanary;

/// Asks the data sources of `config` whether each of `canaries` can be judged now.
///
/// # Errors
/// Where a data source cannot be built from the configuration: a checked one has none such.
pub async fn examine(config: &Config, canaries: &[CheckedCanary]) -> anyhow::Result<Diagnosis> {
    let clients = super::data_sources(&config.data_sources)?;
    let sources = MetricSources {
        scrape: ScrapeSource::default(),
        prometheus: PrometheusSource::new(clients.into_values().map(Arc::new)),
    };
    Ok(doctor::examine(canaries, &sources, &SystemClock::start()).await)
}
