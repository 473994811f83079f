//! A real Prometheus in a temporary folder, on a port of the kernel's choice; it ends with the test.
//!
//! ```ignore
//! let prometheus = Prometheus::start().await;
//! let prometheus = Prometheus::set_up().scraping([Target::at(address).label("pod", "a")]).start().await;
//! let prometheus = Prometheus::set_up().backfilled([series]).tls().start().await;
//! ```
//!
//! What bites: it begins to scrape five to six seconds after it has started, and takes up to five to see other targets
//! (its discovery tells what is new every five seconds). An instant query repeats a series for five minutes after its
//! last sample, unless the target has gone or no longer exposes it.

mod set_up;
mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) use self::set_up::SetUp;
pub(crate) use self::web::{PASSWORD, USER};
use super::certificates::Certificates;
use super::process::{Process, Refused};
use super::programs::installed;
use super::promql::Promql;
use super::target::{Target, file_sd};

/// A server, running or killed; it keeps its data and its port. Dropping it removes both.
pub(crate) struct Prometheus {
    folder: TempDir,
    port: u16,
    flags: Vec<String>,
    process: Option<Process>,
    /// Asks it, with whatever it demands.
    pub(crate) api: Promql,
    /// If it was set up for TLS.
    pub(crate) certificates: Option<Certificates>,
}

impl Prometheus {
    /// With nothing in it and nothing to scrape: samples come by [`Promql::remote_write`], up to an hour old.
    pub(crate) async fn start() -> Self {
        Self::set_up().start().await
    }

    /// What it shall be like.
    pub(crate) fn set_up() -> SetUp {
        SetUp::default()
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        self.api.url.clone()
    }

    /// The program's number, while it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.running().pid()
    }

    /// From now on it scrapes these and no others; it sees that within five seconds.
    pub(crate) fn scrape(&self, targets: impl IntoIterator<Item = Target>) {
        write_targets(self.folder.path(), &targets.into_iter().collect::<Vec<_>>());
    }

    /// SIGSTOP: it takes connections, since the kernel does, and never answers.
    pub(crate) fn stop(&self) {
        self.running().stop();
    }

    /// Goes on after [`stop`](Self::stop).
    pub(crate) fn cont(&self) {
        self.running().cont();
    }

    /// SIGKILL: connections are refused when this returns.
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
        let mut command = Command::new(installed("prometheus", "prometheus"));
        command
            .arg(flag("config.file", &folder.join("prometheus.json")))
            .arg(flag("storage.tsdb.path", &data(folder)))
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port))
            .args(["--web.enable-lifecycle", "--web.enable-remote-write-receiver"])
            // Discovery's own five seconds cannot be changed; these, which come after them, can.
            .arg("--scrape.discovery-reload-interval=50ms")
            .args(["--storage.tsdb.retention.time=30d", "--log.level=warn"])
            .args(&self.flags);
        let process = self.process.insert(Process::start(&command, &folder.join("log")));
        process
            .ready(&self.api.client, &format!("{}/-/ready", self.api.url))
            .await
    }
}

/// Written beside and renamed, so that nobody reads half of it.
fn write_targets(folder: &Path, targets: &[Target]) {
    let beside = folder.join("targets.beside");
    fs::write(&beside, file_sd(targets)).unwrap();
    fs::rename(beside, targets_file(folder)).unwrap();
}

fn targets_file(folder: &Path) -> PathBuf {
    folder.join("targets.json")
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn flag(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}
