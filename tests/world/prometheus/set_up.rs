//! What a Prometheus shall be like before it starts.

use std::fs;
use std::mem::take;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::web::Web;
use super::{Prometheus, command, data, flag};
use crate::world::programs::installed;
use crate::world::samples::{Samples, open_metrics};
use crate::world::server::{Server, Start, TARGETS_FILE, write_targets};
use crate::world::target::Target;

/// A server that is not started yet.
#[derive(Default)]
pub(crate) struct SetUp {
    targets: Vec<Target>,
    backfill: Vec<Samples>,
    flags: Vec<String>,
    web: Web,
    interval: Option<Duration>,
}

impl SetUp {
    /// Scrapes these.
    pub(crate) fn scraping(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.targets.extend(targets);
        self
    }

    /// Scrapes so often, in whole seconds, instead of every second.
    pub(crate) const fn scraping_every(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Has these series from the start, as old as they may be; up to twelve hours of them take seconds.
    pub(crate) fn backfilled(mut self, series: impl IntoIterator<Item = Samples>) -> Self {
        self.backfill.extend(series);
        self
    }

    /// With one more flag, `--name=value`.
    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Talks TLS, as `localhost` and `127.0.0.1`, with a certificate of an authority that nobody knows.
    pub(crate) const fn tls(mut self) -> Self {
        self.web.tls = true;
        self
    }

    /// Talks TLS, and only with clients that have a certificate.
    pub(crate) const fn mutual_tls(mut self) -> Self {
        self.web.asks_for_certificates = true;
        self.tls()
    }

    /// Answers [`USER`](super::USER) with [`PASSWORD`](super::PASSWORD), and nobody else.
    pub(crate) const fn basic_auth(mut self) -> Self {
        self.web.asks_for_a_password = true;
        self
    }

    /// Starts it and waits until it answers.
    pub(crate) async fn start(mut self) -> Prometheus {
        let folder = tempfile::Builder::new().prefix("serin-prometheus-").tempdir();
        let folder = folder.unwrap();
        let interval = self.interval.unwrap_or(Duration::from_secs(1));
        let configuration = configuration(folder.path(), interval);
        fs::write(folder.path().join("prometheus.json"), configuration.to_string()).unwrap();
        write_targets(folder.path(), take(&mut self.targets));
        if !self.backfill.is_empty() {
            backfill(folder.path(), &self.backfill);
        }
        let certificates = self.web.certificates(folder.path());
        if let Some(file) = self.web.file(folder.path(), certificates.as_ref()) {
            self.flags.push(flag("web.config.file", &file));
        }
        let client = self.web.client(certificates.as_ref());
        let flags = self.flags;
        let start = Start {
            command: Box::new(move |folder, port| command(folder, port, &flags)),
            scheme: self.web.scheme(),
            ready: "/-/ready",
            client,
        };
        Prometheus {
            server: Server::start(folder, start).await,
            certificates,
        }
    }
}

/// JSON is YAML.
fn configuration(folder: &Path, interval: Duration) -> Value {
    let interval = format!("{}s", interval.as_secs());
    json!({
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "storage": {"tsdb": {"out_of_order_time_window": "1h"}},
        "scrape_configs": [{
            "job_name": "pods",
            "file_sd_configs": [{"files": [folder.join(TARGETS_FILE)]}],
        }],
    })
}

fn backfill(folder: &Path, series: &[Samples]) {
    let text = folder.join("backfill.om");
    fs::write(&text, open_metrics(series)).unwrap();
    let made = Command::new(installed("promtool", "prometheus"))
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .args([text, data(folder)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "promtool: {said}");
}
