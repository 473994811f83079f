//! A test's own client of Prometheus' HTTP API.

use std::collections::BTreeMap;

use reqwest::Client;
use serde_json::Value;
use serin::spec::Timestamp;

use super::samples::{self, Samples};

/// Asks one server, and writes to it.
#[derive(Debug, Clone)]
pub(crate) struct Promql {
    pub(super) client: Client,
    /// The server's address, without a path.
    pub(super) url: String,
}

/// One element of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Promql {
    /// What the instant query finds now.
    pub(crate) async fn query(&self, query: &str) -> Vec<Found> {
        self.vector(&[("query", query)]).await
    }

    /// What it finds at another time.
    pub(crate) async fn query_at(&self, query: &str, at: Timestamp) -> Vec<Found> {
        let time = (at.0 as f64 / 1000.0).to_string();
        self.vector(&[("query", query), ("time", &time)]).await
    }

    /// The value of what the query finds, which is at most one series.
    pub(crate) async fn value(&self, query: &str) -> Option<f64> {
        let found = self.query(query).await;
        assert!(found.len() <= 1, "{query}: {found:?}");
        Some(found.first()?.value)
    }

    /// The `data` of an answer.
    pub(crate) async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let pairs = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let url = format!("{}{path}?{pairs}", self.url);
        let answer = self.client.get(&url).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{url}: {text}"));
        assert_eq!(answer["status"], "success", "{url}: {text}");
        answer["data"].take()
    }

    /// Instant queries that the server has answered, by its own account.
    pub(crate) async fn queries(&self) -> u64 {
        let page = self
            .client
            .get(format!("{}/metrics", self.url))
            .send()
            .await
            .unwrap();
        let page = page.text().await.unwrap();
        let of_queries = page.lines().filter(|line| {
            line.starts_with("prometheus_http_requests_total{") && line.contains("handler=\"/api/v1/query\"")
        });
        of_queries
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }

    /// Hands series over by remote write; they can be asked for when this returns.
    pub(crate) async fn remote_write(&self, series: &[Samples]) {
        self.try_remote_write(series)
            .await
            .unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    /// As [`remote_write`](Self::remote_write), or the status and the reason of the refusal.
    pub(crate) async fn try_remote_write(&self, series: &[Samples]) -> Result<(), String> {
        let request = self
            .client
            .post(format!("{}/api/v1/write", self.url))
            .header("content-encoding", "snappy")
            .header("content-type", "application/x-protobuf")
            .header("x-prometheus-remote-write-version", "0.1.0");
        let answer = request.body(samples::remote_write(series)).send().await.unwrap();
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("{status}: {}", answer.text().await.unwrap()))
    }

    async fn vector(&self, parameters: &[(&str, &str)]) -> Vec<Found> {
        let data = self.get("/api/v1/query", parameters).await;
        assert_eq!(data["resultType"], "vector", "{parameters:?}");
        let elements = data["result"].as_array().unwrap().iter();
        elements.map(Found::read).collect()
    }
}

impl Found {
    /// A label's value; empty where there is none, as Prometheus has it.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    fn read(element: &Value) -> Self {
        Self {
            labels: serde_json::from_value(element["metric"].clone()).unwrap(),
            value: element["value"][1].as_str().unwrap().parse().unwrap(),
        }
    }
}
