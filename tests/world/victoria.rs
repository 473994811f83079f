//! A real VictoriaMetrics, which speaks Prometheus' API; it ends with the test.
//!
//! What bites: what was scraped can be asked for up to a second later. By its own default an instant query sees nothing
//! of the last 30 seconds (`-search.latencyOffset`); here it does, unless a flag says otherwise. A query at the very time
//! of a sample may miss it. Of more than 30 labels it drops some, so that series become one
//! (`-maxLabelsPerTimeseries`); Istio's have about as many. It takes the pattern `|.+` for `.+`.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::load::client;
use super::programs::installed;
use super::samples::{Samples, exposition};
use super::server::{Server, Start, TARGETS_FILE, write_targets};
use super::target::Target;

/// The server. What arrived in the last seconds before a kill is lost; other targets are seen within a second.
pub(crate) struct Victoria(Server);

impl Victoria {
    /// With nothing in it and nothing to scrape.
    pub(crate) async fn start() -> Self {
        Self::with([], &[]).await
    }

    /// Scrapes these every second.
    pub(crate) async fn scraping(targets: impl IntoIterator<Item = Target>) -> Self {
        Self::with(targets, &[]).await
    }

    /// Scrapes these every second, and has these flags beside the tests' own; of two the last one counts.
    pub(crate) async fn with(targets: impl IntoIterator<Item = Target>, flags: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("serin-victoria-").tempdir();
        let folder = folder.unwrap();
        let path = folder.path();
        let configuration = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{
                "job_name": "pods",
                "file_sd_configs": [{"files": [path.join(TARGETS_FILE)]}],
            }],
        });
        fs::write(path.join("scrape.yml"), configuration.to_string()).unwrap();
        write_targets(path, targets);
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let start = Start {
            command: Box::new(move |folder, port| command(folder, port, &flags)),
            scheme: "http",
            ready: "/health",
            client: client(),
        };
        Self(Server::start(folder, start).await)
    }

    /// Hands series over, as old as they may be; they can be asked for when this returns.
    pub(crate) async fn import(&self, series: &[Samples]) {
        let request = self
            .api
            .client
            .post(format!("{}/api/v1/import/prometheus", self.url()));
        let answer = request.body(exposition(series)).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        self.flush().await;
    }

    /// What has arrived can be asked for when this returns.
    pub(crate) async fn flush(&self) {
        let flush = format!("{}/internal/force_flush", self.url());
        self.api.client.get(flush).send().await.unwrap();
    }
}

impl Deref for Victoria {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl DerefMut for Victoria {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.0
    }
}

fn command(folder: &Path, port: u16, flags: &[String]) -> Command {
    let mut command = Command::new(installed("victoria-metrics", "victoria-metrics"));
    command
        .arg(flag("storageDataPath", &folder.join("data")))
        .arg(flag("promscrape.config", &folder.join("scrape.yml")))
        .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
        .args(["-promscrape.fileSDCheckInterval=500ms", "-search.latencyOffset=0s"])
        // By default its caches may take 60 % of the machine's memory.
        .args(["-memory.allowedBytes=256MiB", "-loggerLevel=WARN"])
        .args(flags);
    command
}

fn flag(name: &str, path: &Path) -> String {
    format!("-{name}={}", path.display())
}
