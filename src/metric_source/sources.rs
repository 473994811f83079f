//! Each Canary's own source.

use async_trait::async_trait;

use super::{PrometheusSource, ScrapeSource};
use crate::driver::ports::MetricSource;
use crate::engine::{Look, MetricPast};
use crate::spec::{CheckedCanary, DataSource, Timestamp};

/// Asks whichever source a Canary names.
pub struct MetricSources {
    /// For those that name none.
    pub scrape: ScrapeSource,
    /// For those that name a Prometheus server.
    pub prometheus: PrometheusSource,
}

impl MetricSources {
    fn of(&self, canary: &CheckedCanary) -> &dyn MetricSource {
        match canary.analysis.data_source {
            DataSource::Scrape => &self.scrape,
            DataSource::Prometheus(_) => &self.prometheus,
        }
    }
}

#[async_trait]
impl MetricSource for MetricSources {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        self.of(canary).look(canary, now).await
    }

    async fn history(&self, canary: &CheckedCanary, now: Timestamp) -> Vec<MetricPast> {
        self.of(canary).history(canary, now).await
    }
}
