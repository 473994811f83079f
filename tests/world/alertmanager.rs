//! A real Alertmanager in a temporary folder, which tells a webhook what it would tell people; it ends with the test.
//!
//! What bites: it keeps alerts in memory, so that one that starts again has none. It looks for alerts that ended every group interval
//! and not before; here that is a second. Members of a cluster tell each other what they told people, not what alerts there are: each
//! has to be told of every alert.

use std::fs;
use std::path::Path;
use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::load::client;
use super::process::{Process, on_free_port};
use super::programs::installed;

/// The server.
pub(crate) struct Alertmanager {
    // It works in the folder, so it goes first.
    process: Option<Process>,
    folder: TempDir,
    client: Client,
    port: u16,
}

impl Alertmanager {
    /// Groups by Canary, and tells the webhook at `receiver` of each group at once.
    pub(crate) async fn telling(receiver: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("serin-alertmanager-").tempdir();
        let folder = folder.unwrap();
        let configuration = json!({
            "route": {
                "receiver": "people",
                "group_by": ["namespace", "canary"],
                "group_wait": "100ms",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "receivers": [{"name": "people", "webhook_configs": [{"url": receiver, "send_resolved": true}]}],
        });
        fs::write(folder.path().join("alertmanager.yml"), configuration.to_string()).unwrap();
        let mut alertmanager = Self {
            process: None,
            folder,
            client: client(),
            port: 0,
        };
        on_free_port(async |port| {
            alertmanager.port = port;
            alertmanager.process = None;
            let folder = alertmanager.folder.path();
            let process = Process::start(&command(folder, port), &folder.join("log"));
            let process = alertmanager.process.insert(process);
            let ready = format!("http://127.0.0.1:{port}/-/ready");
            process.ready(&alertmanager.client, &ready).await
        })
        .await;
        alertmanager
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL: connections are refused when this returns.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// The alerts that it shows.
    pub(crate) async fn alerts(&self) -> Vec<Value> {
        self.get("alerts").await
    }

    /// The same in their groups.
    pub(crate) async fn groups(&self) -> Vec<Value> {
        self.get("alerts/groups").await
    }

    async fn get(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/api/v2/{what}", self.url());
        let answer = self.client.get(url).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

fn command(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(installed("prometheus-alertmanager", "prometheus-alertmanager"));
    command
        .arg(format!(
            "--config.file={}",
            folder.join("alertmanager.yml").display()
        ))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--cluster.listen-address=", "--log.level=warn"]);
    command
}
