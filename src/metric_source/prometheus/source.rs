//! The metric source that asks Prometheus servers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use tokio::time::timeout;

use super::answered::Asker;
use super::batch::Batches;
use super::client::Client;
use super::history::Past;
use super::query::query;
use super::query_error::QueryError;
use super::range::Range;
use super::reading::refused;
use super::shape::Shape;
use super::stats::Outcome;
use super::value;
use super::window::window;
use crate::driver::ports::MetricSource;
use crate::engine::{Arm, Look, MetricHistory, MetricPast, MetricReading, PerArm, SourceDown};
use crate::metric_source::deadline::deadline_after;
use crate::metric_source::patterns::Patterns;
use crate::spec::{CheckedCanary, DataSource, Metric, Question, Timestamp};

/// Part of an interval that the first to ask waits for others with the same question.
const GATHERING_SHARE: u32 = 50;

/// It waits so long at least: hundreds of rollouts whose polls are due at once do not all come in the same millisecond.
const GATHERING_MIN: Duration = Duration::from_millis(20);

/// And so long at most.
const GATHERING_MAX: Duration = Duration::from_millis(200);

/// A metric source that asks the data sources of the configuration, each question once for all Canaries that have it.
pub struct PrometheusSource {
    sources: BTreeMap<String, Source>,
}

struct Source {
    client: Arc<Client>,
    batches: Arc<Batches>,
    patterns: Arc<Patterns>,
}

impl PrometheusSource {
    /// A source with these data sources, each under its own name.
    #[must_use]
    pub fn new(clients: impl IntoIterator<Item = Arc<Client>>) -> Self {
        let patterns = Arc::<Patterns>::default();
        let source = |client: Arc<Client>| {
            let source = Source {
                batches: Arc::new(Batches::new(Arc::clone(&client), Arc::clone(&patterns))),
                patterns: Arc::clone(&patterns),
                client,
            };
            (source.client.name().to_owned(), source)
        };
        Self {
            sources: clients.into_iter().map(source).collect(),
        }
    }

    /// The looks that there would have been at a Canary from `from` to `to`. See [`LOOKS_MAX`](super::LOOKS_MAX).
    ///
    /// # Errors
    /// Why they are not known, for people.
    pub async fn window(
        &self,
        canary: &CheckedCanary,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Look>, String> {
        let Some(source) = self.source(canary) else {
            return Err(not_configured(canary).reason);
        };
        let looks = window(canary, (from, to), &source.client, &source.patterns).await;
        looks.map_err(|error| format!("data source {}: {error}", source.client.name()))
    }

    /// The client of the data source `name`, if there is one.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.sources.get(name).map(|source| &*source.client)
    }

    /// The whole question for `metric` in these arms, as it is sent where no other Canary shares it: of both for a look, of the
    /// baseline for the history. `None` where a Canary's data source is none of these, or the metric is a value.
    #[must_use]
    pub fn question(&self, metric: &Metric, canary: &CheckedCanary, arms: &[Arm]) -> Option<String> {
        let known = metric.arms.as_ref()?;
        let labels = arms.iter().map(|arm| match arm {
            Arm::Canary => &known.canary,
            Arm::Baseline => &known.stable,
        });
        let offset = self.source(canary)?.client.settings().query_offset;
        Some(query(&Shape::of(metric)?, &labels.collect::<Vec<_>>(), offset))
    }

    /// What the stable version did before `now`, as [`history`](MetricSource::history) has it, or why that is not known. `None`
    /// where [`question`](Self::question) is.
    pub async fn past(
        &self,
        metric: &Metric,
        canary: &CheckedCanary,
        now: Timestamp,
    ) -> Option<Result<MetricHistory, QueryError>> {
        self.source(canary)?.past(metric, canary, now).await
    }

    fn source(&self, canary: &CheckedCanary) -> Option<&Source> {
        match &canary.analysis.data_source {
            DataSource::Prometheus(name) => self.sources.get(name),
            DataSource::Scrape => None,
        }
    }
}

#[async_trait]
impl MetricSource for PrometheusSource {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        Look {
            taken_at: now,
            readings: match self.source(canary) {
                Some(source) => source.read(canary, now).await,
                None => Err(not_configured(canary)),
            },
        }
    }

    async fn history(&self, canary: &CheckedCanary, now: Timestamp) -> Vec<MetricPast> {
        let Some(source) = self.source(canary) else {
            return MetricPast::unknown_to_all(canary, &not_configured(canary).reason);
        };
        let metrics = canary.analysis.metrics.iter();
        join_all(metrics.map(|metric| source.history(metric, canary, now))).await
    }
}

impl Source {
    async fn read(&self, canary: &CheckedCanary, now: Timestamp) -> Result<Vec<MetricReading>, SourceDown> {
        let bound = deadline_after(canary.analysis.interval);
        let readings = canary.analysis.metrics.iter().map(async |metric| {
            let reading = timeout(bound, self.read_metric(metric, canary, now)).await;
            reading.unwrap_or(Err(QueryError::Late {
                ms: bound.as_millis(),
            }))
        });
        let readings = join_all(readings).await;
        for reading in &readings {
            if is_refused(reading) {
                self.client.stats().count(Outcome::ReadingRefused);
            }
        }
        let name = self.client.name();
        if let Some(Err(first)) = readings.first()
            && readings.iter().all(Result::is_err)
        {
            return Err(SourceDown {
                reason: format!("data source {name}: {first}"),
            });
        }
        let of_all = readings.into_iter().zip(&*canary.analysis.metrics);
        Ok(of_all
            .map(|(reading, metric)| self.settled(reading, metric, now))
            .collect())
    }

    async fn read_metric(
        &self,
        metric: &Metric,
        canary: &CheckedCanary,
        now: Timestamp,
    ) -> Result<MetricReading, QueryError> {
        if let Question::Value { query, .. } = &metric.question {
            // A box of its own: a request takes kilobytes, and counters, of which hundreds wait at once, ask for theirs elsewhere.
            return Box::pin(value::read(query, &self.client))
                .await
                .map(MetricReading::Value);
        }
        let Some((shape, asker)) = Asker::of(canary, metric, now) else {
            return Err(QueryError::Rows(
                "the template does not tell the arms apart".to_owned(),
            ));
        };
        let gathering = (canary.analysis.interval / GATHERING_SHARE).clamp(GATHERING_MIN, GATHERING_MAX);
        let reading = self.batches.ask(&shape, asker, gathering).await?;
        Ok(MetricReading::Counters(reading))
    }

    /// A metric that could not be read is a reading too: the engine has a policy for it.
    fn settled(
        &self,
        reading: Result<MetricReading, QueryError>,
        metric: &Metric,
        now: Timestamp,
    ) -> MetricReading {
        reading.unwrap_or_else(|error| {
            let reason = format!("template `{}`: {error}", metric.template);
            if matches!(metric.question, Question::Value { .. }) {
                return MetricReading::Value(PerArm {
                    canary: Err(reason.clone()),
                    baseline: Err(reason),
                });
            }
            MetricReading::Counters(refused(self.client.name(), &reason, now))
        })
    }

    async fn past(
        &self,
        metric: &Metric,
        canary: &CheckedCanary,
        now: Timestamp,
    ) -> Option<Result<MetricHistory, QueryError>> {
        let past = Past {
            range: Range {
                shape: Shape::of(metric)?,
                arms: vec![metric.arms.as_ref()?.stable.clone()],
                step: canary.analysis.interval,
            },
            unit_ms: unit_ms(metric),
        };
        Some(past.read(&self.client, &self.patterns, now).await)
    }

    async fn history(&self, metric: &Metric, canary: &CheckedCanary, now: Timestamp) -> MetricPast {
        match self.past(metric, canary, now).await {
            Some(Ok(history)) => MetricPast::Known(history),
            Some(Err(error)) => {
                tracing::warn!(
                    canary = canary.name,
                    namespace = canary.namespace,
                    template = metric.template,
                    %error,
                    "what the stable version did before the rollout is not known"
                );
                MetricPast::Unknown(format!("data source {}: {error}", self.client.name()))
            }
            None => MetricPast::Unknown("a value is not compared".to_owned()),
        }
    }
}

/// Whether the answer was fine, and yet something in it cannot be counted. What became of a request and of its answer, the client counts.
fn is_refused(reading: &Result<MetricReading, QueryError>) -> bool {
    match reading {
        Err(error) => error.outcome().is_none(),
        Ok(MetricReading::Counters(counters)) => {
            !counters.arms.canary.missing.is_empty() || !counters.arms.baseline.missing.is_empty()
        }
        Ok(MetricReading::Value(values)) => values.canary.is_err() || values.baseline.is_err(),
    }
}

/// Milliseconds in one unit of a metric's `le`.
pub(super) fn unit_ms(metric: &Metric) -> f64 {
    match metric.question {
        Question::Latency { unit_ms, .. } => unit_ms,
        _ => 1.0,
    }
}

fn not_configured(canary: &CheckedCanary) -> SourceDown {
    let name = match &canary.analysis.data_source {
        DataSource::Prometheus(name) => name,
        DataSource::Scrape => "scrape",
    };
    SourceDown {
        reason: format!("the configuration has no data source `{name}`; hint: add it under `dataSources`"),
    }
}
