//! A real VictoriaMetrics, which speaks Prometheus' API; it ends with the test.
//!
//! What bites: what was scraped can be asked for up to a second later. By its own default an instant query sees nothing
//! of the last 30 seconds (`-search.latencyOffset`); here it does, unless a flag says otherwise. A query at the very time
//! of a sample may miss it. Of more than 30 labels it drops some, so that series become one
//! (`-maxLabelsPerTimeseries`); Istio's have about as many. It takes the pattern `|.+` for `.+`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use super::load::client;
use super::process::{Process, Refused, on_free_port};
use super::programs::installed;
use super::promql::Promql;
use super::samples::{Samples, exposition};
use super::target::{Target, file_sd};

/// A server, running or killed; it keeps its data and its port. Dropping it removes both.
pub(crate) struct Victoria {
    folder: TempDir,
    port: u16,
    flags: Vec<String>,
    process: Option<Process>,
    /// Asks it.
    pub(crate) api: Promql,
}

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
        let mut server = Self {
            folder: folder.unwrap(),
            port: 0,
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            process: None,
            api: Promql {
                client: client(),
                url: String::new(),
            },
        };
        let path = server.folder.path();
        let configuration = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{
                "job_name": "pods",
                "file_sd_configs": [{"files": [path.join("targets.json")]}],
            }],
        });
        fs::write(path.join("scrape.yml"), configuration.to_string()).unwrap();
        server.scrape(targets);
        on_free_port(async |port| {
            server.port = port;
            server.api.url = format!("http://127.0.0.1:{port}");
            server.run().await
        })
        .await;
        server
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        self.api.url.clone()
    }

    /// From now on it scrapes these and no others; it sees that within a second.
    pub(crate) fn scrape(&self, targets: impl IntoIterator<Item = Target>) {
        let (folder, targets) = (self.folder.path(), targets.into_iter().collect::<Vec<_>>());
        let beside = folder.join("targets.beside");
        fs::write(&beside, file_sd(&targets)).unwrap();
        fs::rename(beside, folder.join("targets.json")).unwrap();
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

    /// SIGSTOP: it takes connections, since the kernel does, and never answers.
    pub(crate) fn stop(&self) {
        self.running().stop();
    }

    /// Goes on after [`stop`](Self::stop).
    pub(crate) fn cont(&self) {
        self.running().cont();
    }

    /// SIGKILL: connections are refused when this returns. What arrived in the last seconds is lost.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again, on the same data and the same port.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.run().await.unwrap_or_else(|refused| panic!("{refused}"));
    }

    fn running(&self) -> &Process {
        self.process
            .as_ref()
            .expect("it was killed, and not started again")
    }

    async fn run(&mut self) -> Result<(), Refused> {
        let folder = self.folder.path();
        let mut command = Command::new(installed("victoria-metrics", "victoria-metrics"));
        command
            .arg(flag("storageDataPath", &folder.join("data")))
            .arg(flag("promscrape.config", &folder.join("scrape.yml")))
            .arg(format!("-httpListenAddr=127.0.0.1:{}", self.port))
            .args(["-promscrape.fileSDCheckInterval=500ms", "-search.latencyOffset=0s"])
            // By default its caches may take 60 % of the machine's memory.
            .args(["-memory.allowedBytes=256MiB", "-loggerLevel=WARN"])
            .args(&self.flags);
        let process = self.process.insert(Process::start(&command, &folder.join("log")));
        process
            .ready(&self.api.client, &format!("{}/health", self.api.url))
            .await
    }
}

fn flag(name: &str, path: &Path) -> String {
    format!("-{name}={}", path.display())
}
