//! Reads `/metrics` of each arm's endpoints itself, so that a user without a Prometheus server can start.
//!
//! Every endpoint is a pod, named by its address as the Canary writes it. All are asked at once; a look returns
//! at its deadline at the latest, with whoever was slow in `missing`. A text is counted whole or refused
//! whole, and the reason names the line; a metric whose series cannot be counters is refused for that
//! endpoint, and the reason names the series. Differences, resets and what a gap means are the judge's.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::{join, join_all};
use reqwest::Client;
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;

mod absence;
pub mod exposition;
mod exposition_error;
mod fetch;
mod histogram;
mod latency;
mod parser;
mod sample;
mod scrape_error;
mod scrapes;
mod series;
mod series_error;
mod start_time;
mod stats;
mod success_rate;

use exposition::Exposition;
use fetch::Deadline;
use scrape_error::ScrapeError;
use scrapes::{ArmScrapes, Scrapes};
use series::Selector;

pub use stats::{Outcome, ScrapeStats};

use crate::driver::ports::MetricSource;
use crate::engine::{CounterReading, Look, MetricReading, PerArm, SourceDown};
use crate::metric_source::deadline::deadline_after;
use crate::metric_source::patterns::{PatternError, Patterns};
use crate::spec::{CheckedCanary, Metric, Question, Timestamp, Workload};

/// Requests that are under way at once in each arm. With a body limit of 8 MiB, both arms hold 256 MiB at the
/// very worst. Each arm has its own places, so that the pods of one that hang leave the other's alone.
const CONCURRENCY_PER_ARM: usize = 16;

/// A metric source that asks the endpoints themselves.
#[derive(Debug)]
pub struct ScrapeSource {
    client: Client,
    patterns: Patterns,
    stats: Arc<ScrapeStats>,
}

impl Default for ScrapeSource {
    fn default() -> Self {
        Self {
            client: fetch::client(),
            patterns: Patterns::default(),
            stats: Arc::default(),
        }
    }
}

#[async_trait]
impl MetricSource for ScrapeSource {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        Look {
            taken_at: now,
            readings: self.read(canary, now).await,
        }
    }
}

impl ScrapeSource {
    /// What was read and what was turned away, to keep for a metrics page.
    #[must_use]
    pub fn stats(&self) -> Arc<ScrapeStats> {
        Arc::clone(&self.stats)
    }

    /// Whether this process can ask anybody at all: whether it gets a socket. Whether an endpoint answers is its Canary's matter.
    ///
    /// # Errors
    /// Why it cannot, for people: too many open files, most likely.
    pub async fn check() -> Result<(), String> {
        let socket = TcpSocket::new_v4();
        socket
            .map(drop)
            .map_err(|error| format!("no socket to ask an endpoint with: {error}"))
    }

    async fn read(&self, canary: &CheckedCanary, now: Timestamp) -> Result<Vec<MetricReading>, SourceDown> {
        let metrics = &canary.analysis.metrics;
        let scrape = Scrape {
            wanted: &wanted_names(metrics),
            deadline: Deadline::new(deadline_after(canary.analysis.interval)),
            now,
        };
        let (canary_arm, baseline_arm) = join(
            self.scrape_arm(&canary.workloads.canary, scrape),
            self.scrape_arm(&canary.workloads.stable, scrape),
        )
        .await;
        let scrapes = Scrapes(PerArm {
            canary: canary_arm,
            baseline: baseline_arm,
        });
        match scrapes.source_down() {
            Some(down) => Err(down),
            None => Ok(metrics
                .iter()
                .map(|metric| self.read_metric(metric, &scrapes, now))
                .collect()),
        }
    }

    async fn scrape_arm(&self, workload: &Workload, scrape: Scrape<'_>) -> ArmScrapes {
        // The check lets no Deployment be scraped; one would have no endpoint to ask.
        let Workload::Endpoints(endpoints) = workload else {
            return ArmScrapes::default();
        };
        let places = Semaphore::new(CONCURRENCY_PER_ARM);
        let answers = endpoints.addresses.iter().map(async |endpoint| {
            let answer = self.scrape_endpoint(endpoint, &places, scrape).await;
            let outcome = answer.as_ref().err().map_or(Outcome::Read, ScrapeError::outcome);
            self.stats.add(outcome, 1);
            (endpoint.clone(), answer)
        });
        join_all(answers).await.into_iter().collect()
    }

    async fn scrape_endpoint(
        &self,
        endpoint: &str,
        places: &Semaphore,
        scrape: Scrape<'_>,
    ) -> Result<Exposition, ScrapeError> {
        let deadline = scrape.deadline;
        let _place = deadline
            .bound(places.acquire(), |after| ScrapeError::NotAsked { after })
            .await?;
        let body = fetch::fetch(&self.client, endpoint, deadline).await?;
        Ok(Exposition::parse(
            &body.bytes,
            body.dialect,
            scrape.wanted,
            scrape.now,
        )?)
    }

    fn read_metric(&self, metric: &Metric, scrapes: &Scrapes, now: Timestamp) -> MetricReading {
        let reading = match self.read_question(&metric.question, scrapes, now) {
            Ok(MetricReading::Counters(reading)) => reading,
            Ok(value @ MetricReading::Value(_)) => return value,
            Err(error) => {
                let refused = scrapes.each(|_| Ok(()));
                CounterReading {
                    edges_ms: Vec::new(),
                    arms: refused.map(|arm| arm.refused(&format!("template `{}`: {error}", metric.template))),
                    read_at: now,
                }
            }
        };
        let missing = [&reading.arms.canary, &reading.arms.baseline]
            .into_iter()
            .flat_map(|arm| {
                arm.missing
                    .keys()
                    .filter(|endpoint| !arm.pods.contains_key(*endpoint))
            });
        let refused = missing.filter(|endpoint| scrapes.was_read(endpoint)).count();
        self.stats.add(Outcome::ReadingRefused, refused as u64);
        MetricReading::Counters(reading)
    }

    fn read_question(
        &self,
        question: &Question,
        scrapes: &Scrapes,
        now: Timestamp,
    ) -> Result<MetricReading, PatternError> {
        let selector = |series| Selector::new(series, &self.patterns);
        Ok(match question {
            Question::SuccessRate { requests, errors } => MetricReading::Counters(success_rate::read(
                &selector(requests)?,
                &selector(errors)?,
                scrapes,
                now,
            )),
            Question::Latency {
                histogram, unit_ms, ..
            } => MetricReading::Counters(latency::read(&selector(histogram)?, *unit_ms, scrapes, now)),
            Question::Value { .. } => {
                let unasked = || Err("endpoints are scraped, and answer no query".to_owned());
                MetricReading::Value(PerArm {
                    canary: unasked(),
                    baseline: unasked(),
                })
            }
        })
    }
}

/// What the scrapes of one look have in common.
#[derive(Clone, Copy)]
struct Scrape<'a> {
    wanted: &'a BTreeSet<String>,
    deadline: Deadline,
    now: Timestamp,
}

/// The families that `metrics` are read from.
fn wanted_names(metrics: &[Metric]) -> BTreeSet<String> {
    let mut wanted = BTreeSet::from([start_time::METRIC.to_owned()]);
    for metric in metrics {
        match &metric.question {
            Question::SuccessRate { requests, errors } => {
                wanted.extend([requests.metric.clone(), errors.metric.clone()]);
            }
            Question::Latency { histogram, .. } => wanted.extend(histogram::metric_names(&histogram.metric)),
            Question::Value { .. } => {}
        }
    }
    wanted
}
