//! What an operator asks of the daemon.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::time::sleep;

use crate::PATIENCE;
use crate::manifests::NAMESPACE;

/// What an operator waits before asking again when the daemon is busy: it asks for a second, and people are impatient.
const AGAIN: Duration = Duration::from_millis(100);

/// A client that makes a connection for every request, as the command line does.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
}

/// Gives commands.
#[derive(Clone)]
pub(crate) struct Commands {
    client: Client,
    pub(crate) api: String,
}

impl Commands {
    pub(crate) const fn new(client: Client, api: String) -> Self {
        Self { client, api }
    }

    /// Starts a rollout; asks again while the daemon is busy, or is still ending the rollout before.
    pub(crate) async fn start(&self, name: &str) -> anyhow::Result<()> {
        let starting = async {
            loop {
                match self.give(name, "start").await {
                    Ok(StatusCode::CREATED) => return Ok(()),
                    Ok(StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT) | Err(_) => sleep(AGAIN).await,
                    Ok(status) => bail!("start {name}: {status}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, starting)
            .await
            .with_context(|| format!("{name} could not be started"))?
    }

    /// Asks once for an abort, and gives the answer's status.
    pub(crate) async fn abort(&self, name: &str) -> reqwest::Result<StatusCode> {
        self.give(name, "abort").await
    }

    async fn give(&self, name: &str, word: &str) -> reqwest::Result<StatusCode> {
        let url = format!("{}/api/v1/canaries/{NAMESPACE}/{name}/{word}", self.api);
        let request = self.client.post(url).header("content-type", "application/json");
        let body = json!({"reason": "the bench", "by": "bench"});
        let answer = request.body(body.to_string()).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        Ok(status)
    }
}
