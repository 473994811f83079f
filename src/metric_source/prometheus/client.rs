//! Asks one data source.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Response, Url};
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::connector::Connector;
use super::credentials::authorization;
use super::hiding::Secrets;
use super::request_error::RequestError;
use super::response;
use super::settings::DataSourceSettings;
use super::stage::Stage;
use super::stats::DataSourceStats;
use crate::spec::Timestamp;

/// Sent with each query, so that VictoriaMetrics tells what it has now: without `nocache` it evaluates an instant query 30 s ago
/// (`-search.latencyOffset`) and moves the times of a range to multiples of its step; without `latency_offset`, which later versions
/// know, it fills the newest 30 s of a range with what was before. Others ignore both names.
const FRESH: [(&str, &str); 2] = [("nocache", "1"), ("latency_offset", "1ms")];

/// Asks one data source: bounded in time, in length and in how much at once. Reads only.
///
/// Secrets and certificates are taken from their files at each request. Redirects are not followed. Connections are used again; where
/// the server had given one up, the query is sent once more on another.
pub struct Client {
    name: String,
    settings: DataSourceSettings,
    origin: String,
    connector: Connector,
    places: Semaphore,
    stats: Arc<DataSourceStats>,
}

impl Client {
    /// A client of the data source `name`. Nothing is asked or read yet.
    #[must_use]
    pub fn new(name: impl Into<String>, settings: DataSourceSettings, stats: Arc<DataSourceStats>) -> Self {
        Self {
            name: name.into(),
            origin: settings.address.origin().ascii_serialization(),
            connector: Connector::new(&settings),
            places: Semaphore::new(settings.max_concurrent.clamp(1, Semaphore::MAX_PERMITS)),
            settings,
            stats,
        }
    }

    /// The data source's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is reached.
    #[must_use]
    pub const fn settings(&self) -> &DataSourceSettings {
        &self.settings
    }

    /// What became of its queries.
    #[must_use]
    pub const fn stats(&self) -> &Arc<DataSourceStats> {
        &self.stats
    }

    /// Evaluates `promql` at the server's now.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn query(&self, promql: &str) -> Result<Answer, RequestError> {
        self.post("api/v1/query", &[("query", promql)]).await
    }

    /// Evaluates `promql` at `start` and every `step` after it up to `end`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn query_range(
        &self,
        promql: &str,
        start: Timestamp,
        end: Timestamp,
        step: Duration,
    ) -> Result<Answer, RequestError> {
        let (start, end) = (seconds(start.0), seconds(end.0));
        let step = seconds(u64::try_from(step.as_millis()).unwrap_or(u64::MAX));
        let parameters = [
            ("query", promql),
            ("start", &start),
            ("end", &end),
            ("step", &step),
        ];
        self.post("api/v1/query_range", &parameters).await
    }

    /// What the server says of its own version: Prometheus' answer to `status/buildinfo`, which others lack or leave empty.
    ///
    /// # Errors
    /// Why there is no answer; among that, that the server does not have the question.
    pub async fn build_info(&self) -> Result<Answer, RequestError> {
        let request = Request::new(Method::GET, self.url("api/v1/status/buildinfo"));
        self.bounded(request).await
    }

    /// The values that the label `label` has on any series.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn label_values(&self, label: &str) -> Result<Answer, RequestError> {
        let request = Request::new(Method::GET, self.url(&format!("api/v1/label/{label}/values")));
        self.bounded(request).await
    }

    /// A query. A failure is counted; an answer counts when it is read.
    async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Answer, RequestError> {
        let mut request = Request::new(Method::POST, self.url(path));
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form_type);
        *request.body_mut() = Some(form(parameters).into());
        let answer = self.bounded(request).await;
        answer.inspect_err(|error| self.stats.count(error.outcome()))
    }

    /// The address of `path`, below whatever path the data source has itself.
    fn url(&self, path: &str) -> Url {
        let mut url = self.settings.address.clone();
        let below = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&below);
        url
    }

    /// The answer to `request`, within the time for it.
    async fn bounded(&self, request: Request) -> Result<Answer, RequestError> {
        let mut stage = Stage::Waiting;
        let body = tokio::select! {
            // Nothing is begun once the time is up, such as a request whose turn came just then.
            biased;
            () = tokio::time::sleep(self.settings.timeout) => Err(stage.late(&self.origin, self.settings.timeout)),
            body = self.answer(request, &mut stage) => body,
        };
        Ok(Answer::new(body?, Arc::clone(&self.stats)))
    }

    async fn answer(&self, mut request: Request, stage: &mut Stage) -> Result<Vec<u8>, RequestError> {
        let place = self.places.acquire().await;
        let _place = place.expect("the places are never closed: nobody but this file has them");
        *stage = Stage::Asked;
        let headers = request.headers_mut();
        headers.extend(self.settings.headers.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = authorization(&self.settings.auth).await? {
            headers.insert(AUTHORIZATION, authorization);
        }
        let secrets = Secrets::of(request.headers());
        let client = self.connector.client().await?;
        let response = self.send(&client, request).await?;
        let limit = self.settings.answer_limit_bytes;
        response::body(response, &self.origin, limit, &secrets, stage).await
    }

    async fn send(&self, client: &reqwest::Client, request: Request) -> Result<Response, RequestError> {
        let again = request.try_clone();
        let response = match (client.execute(request).await, again) {
            (Err(error), Some(again)) if error.is_request() && !error.is_connect() => {
                client.execute(again).await
            }
            (response, _) => response,
        };
        response.map_err(|error| RequestError::of_connection(&self.origin, &error))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Milliseconds as the API takes times and steps.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// A function of its own, because a serializer cannot wait at an await.
fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters).extend_pairs(FRESH);
    form.finish()
}
