//! One request and its answer, bounded in time and in bytes.

use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::bytes::Bytes;

use super::cluster::Cluster;
use super::failure::{Failure, Purpose};
use super::lean::Lean;

/// Bytes of one answer. An object has 1.5 MiB at most, and a page of 500 pods some five.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A read takes milliseconds; the driver gives up on it after this time as well.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A write may wait for webhooks and for the store of the cluster.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends `request` and gives the object that was answered.
pub(super) async fn answer(
    cluster: &Cluster,
    purpose: Purpose,
    request: http::Request<Vec<u8>>,
) -> Result<Value, Failure> {
    let body = answer_body(cluster, purpose, request).await?;
    let object = serde_json::from_slice(&body).map(|Lean(object)| object);
    object.map_err(|error| not_json(purpose, &error))
}

/// The same, as it came, for whoever reads it in parts.
pub(super) async fn answer_body(
    cluster: &Cluster,
    purpose: Purpose,
    request: http::Request<Vec<u8>>,
) -> Result<Bytes, Failure> {
    let bound = match purpose {
        Purpose::Read => READ_TIMEOUT,
        Purpose::Write => WRITE_TIMEOUT,
    };
    let client = cluster.client().await?;
    let answered = async {
        let response = client.send(request.map(Body::from)).await;
        let response = response.map_err(|error| Failure::broken(purpose, &error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await;
        let body = body.map_err(|error| Failure::unanswered(purpose, error.to_string()))?;
        of_success(purpose, status, body.to_bytes())
    };
    timeout(bound, answered).await.unwrap_or_else(|_| {
        let reason = format!("no answer from the API server within {} s", bound.as_secs());
        Err(Failure::unanswered(purpose, reason))
    })
}

/// What an answer is that cannot be read.
pub(super) fn not_json(purpose: Purpose, error: &serde_json::Error) -> Failure {
    let reason = format!("expected a JSON object from the API server, found what is none: {error}");
    Failure::unanswered(purpose, reason)
}

fn of_success(purpose: Purpose, code: http::StatusCode, body: Bytes) -> Result<Bytes, Failure> {
    if code.is_success() {
        return Ok(body);
    }
    let status = serde_json::from_slice::<Status>(&body).unwrap_or_default();
    Err(Failure::answered(
        purpose,
        &Status {
            code: code.as_u16(),
            ..status
        },
    ))
}
