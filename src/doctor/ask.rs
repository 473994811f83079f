//! Questions to one server, and answers in the form in which they are looked at here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::shown::short;
use crate::metric_source::prometheus::{Answer, Client, Labels};
use crate::spec::Timestamp;

/// Series of one answer: a workload of more pods is not one that a person rolls out.
const SERIES_MAX: usize = 10_000;

/// Metric names that are looked through for one that was meant. Servers have some thousands.
const NAMES_MAX: usize = 100_000;

/// Bytes of such a name: nobody means a longer one.
const NAME_BYTES_MAX: usize = 200;

/// One server. Its errors are texts for people.
pub(super) struct Ask<'a> {
    client: &'a Client,
}

/// A series and its number.
pub(super) struct Row {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
    /// When the server evaluated it, by its own clock.
    pub(super) at: Timestamp,
}

/// A series and the times of its samples.
pub(super) struct Sampled {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) at: Vec<Timestamp>,
}

impl<'a> Ask<'a> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self { client }
    }

    pub(super) const fn client(&self) -> &Client {
        self.client
    }

    /// What an instant query gives.
    pub(super) async fn rows(&self, promql: &str) -> Result<Vec<Row>, String> {
        let answer = self.answer(promql).await?;
        let rows = answer.vector(SERIES_MAX).map_err(|error| error.to_string())?;
        let rows = rows.iter().map(|row| Row {
            labels: owned(&row.labels),
            value: row.point.value,
            at: row.point.time,
        });
        Ok(rows.collect())
    }

    /// The number of the one row that a query gives; `None` where it gives none.
    pub(super) async fn number(&self, promql: &str) -> Result<Option<f64>, String> {
        Ok(self.rows(promql).await?.first().map(|row| row.value))
    }

    /// The samples that a selector of a range gives as an instant query: these have their own times.
    pub(super) async fn samples(&self, promql: &str) -> Result<Vec<Sampled>, String> {
        let answer = self.answer(promql).await?;
        let rows = answer.matrix(SERIES_MAX).map_err(|error| error.to_string())?;
        let rows = rows.iter().map(|row| Sampled {
            labels: owned(&row.labels),
            at: row.points.iter().map(|point| point.time).collect(),
        });
        Ok(rows.collect())
    }

    async fn answer(&self, promql: &str) -> Result<Answer, String> {
        let answer = self.client.query(promql).await;
        answer.map_err(|error| error.to_string())
    }

    /// The names of the metrics that the server has.
    pub(super) async fn metric_names(&self) -> Result<Vec<String>, String> {
        let answer = self.client.label_values("__name__").await;
        let answer = answer.map_err(|error| error.to_string())?;
        let told: Told<Vec<String>> =
            serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
        let is_short = |name: &String| name.len() <= NAME_BYTES_MAX;
        Ok(told.data.into_iter().filter(is_short).take(NAMES_MAX).collect())
    }

    /// What the server says that it is. Not every server does.
    pub(super) async fn version(&self) -> Option<String> {
        let answer = self.client.build_info().await.ok()?;
        let told: Told<BuildInfo> = serde_json::from_slice(answer.body()).ok()?;
        let BuildInfo { application, version } = told.data;
        Some(version)
            .filter(|version| !version.is_empty())
            .map(|version| {
                short(&format!(
                    "{} {version}",
                    application.as_deref().unwrap_or("version")
                ))
            })
    }
}

fn owned(labels: &Labels<'_>) -> BTreeMap<String, String> {
    labels
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// An answer of the API that is no result of a query.
#[derive(Deserialize)]
struct Told<T> {
    data: T,
}

#[derive(Deserialize)]
struct BuildInfo {
    /// Mimir says this; Prometheus does not.
    application: Option<String>,
    #[serde(default)]
    version: String,
}
