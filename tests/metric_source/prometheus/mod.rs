//! Asking what speaks Prometheus' API, and reading what it answers.

mod answers;
mod credentials;
mod cut_answers;
mod failures;
mod large_answers;
mod library;
mod places;
mod refused_answers;
mod requests;
mod servers;
mod tls;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serin::metric_source::prometheus::{Answer, Client, DataSourceSettings, Outcome, RequestError};

use crate::world::endpoint::{Endpoint, serve};

/// Series that may come where the number does not matter.
const MANY: usize = 100_000;

/// Time for a request that will not be answered; all others are within it by far.
const SHORT: Duration = Duration::from_millis(300);

/// A vector of one number.
const ONE: &str =
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}"#;

/// How the server at an address is reached, with the defaults for all else.
fn settings(address: &str) -> DataSourceSettings {
    DataSourceSettings::new(address.parse().unwrap())
}

fn client(settings: DataSourceSettings) -> Client {
    Client::new("default", settings, Default::default())
}

/// A client of the server at an address, which gives up soon.
fn hasty(address: &str) -> Client {
    client(DataSourceSettings {
        timeout: SHORT,
        ..settings(address)
    })
}

/// What comes of a query: its rows in short, or the name of its counter and why.
async fn told(client: &Client) -> String {
    let answer = client.query("up").await;
    match answer.as_ref().map(|answer| answer.vector(MANY)) {
        Ok(Ok(rows)) => format!("{} rows", rows.len()),
        Ok(Err(error)) => format!("{}: {error}", error.outcome().name()),
        Err(error) => format!("{}: {error}", error.outcome().name()),
    }
}

/// Answers every request so.
async fn answering(
    status: StatusCode,
    headers: &[(header::HeaderName, &str)],
    body: impl Into<Vec<u8>>,
) -> Endpoint {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect();
    let body: Vec<u8> = body.into();
    let answer = async move || (status, headers.clone(), Body::from(body.clone())).into_response();
    serve(Router::new().fallback(answer)).await
}

/// How often the client's queries came to this.
fn count(client: &Client, outcome: Outcome) -> u64 {
    client.stats().get(outcome)
}

/// Every outcome that came, with how often.
fn counts(client: &Client) -> Vec<(&'static str, u64)> {
    let count = |outcome: Outcome| (outcome.name(), client.stats().get(outcome));
    Outcome::ALL
        .into_iter()
        .map(count)
        .filter(|(_, times)| *times > 0)
        .collect()
}

fn refused(answer: Result<Answer, RequestError>) -> RequestError {
    answer.map(|answer| answer.body().len()).unwrap_err()
}
