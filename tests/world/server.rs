//! A metrics server, running or killed; it keeps its folder and its port. Dropping it removes both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Client;
use tempfile::TempDir;

use super::process::{Process, Refused, on_free_port};
use super::promql::Promql;
use super::target::{Target, file_sd};

/// What is scraped, in the server's folder.
pub(super) const TARGETS_FILE: &str = "targets.json";

/// The server.
pub(crate) struct Server {
    // It works in the folder, so it goes first.
    process: Option<Process>,
    folder: TempDir,
    port: u16,
    start: Start,
    /// Asks it, with whatever it demands.
    pub(crate) api: Promql,
}

/// The command that has a server work in a folder and listen on a port.
pub(super) type Launch = dyn Fn(&Path, u16) -> Command + Send + Sync;

/// How it is started.
pub(super) struct Start {
    /// Starts it, and starts it again.
    pub(super) command: Box<Launch>,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// What it answers once it is ready.
    pub(super) ready: &'static str,
    /// Who asks it.
    pub(super) client: Client,
}

impl Server {
    /// Starts it in `folder`, with whatever is there for it, and waits until it answers.
    pub(super) async fn start(folder: TempDir, start: Start) -> Self {
        let mut server = Self {
            process: None,
            folder,
            port: 0,
            api: Promql {
                client: start.client.clone(),
                url: String::new(),
            },
            start,
        };
        on_free_port(async |port| {
            server.port = port;
            server.api.url = format!("{}://127.0.0.1:{port}", server.start.scheme);
            server.run().await
        })
        .await;
        server
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        self.api.url.clone()
    }

    /// The program's number, while it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.running().pid()
    }

    /// From now on it scrapes these and no others, as soon as it sees that.
    pub(crate) fn scrape(&self, targets: impl IntoIterator<Item = Target>) {
        self.targets().are(targets);
    }

    /// What it scrapes, for whoever keeps that up to date.
    pub(crate) fn targets(&self) -> Targets {
        Targets {
            folder: self.folder.path().to_owned(),
        }
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
        let command = (self.start.command)(folder, self.port);
        let process = self.process.insert(Process::start(&command, &folder.join("log")));
        let ready = format!("{}{}", self.api.url, self.start.ready);
        process.ready(&self.api.client, &ready).await
    }
}

/// What a server scrapes.
pub(crate) struct Targets {
    folder: PathBuf,
}

impl Targets {
    /// From now on these and no others, as soon as the server sees that.
    pub(crate) fn are(&self, targets: impl IntoIterator<Item = Target>) {
        write_targets(&self.folder, targets);
    }
}

/// Written beside and renamed, so that nobody reads half of it.
pub(super) fn write_targets(folder: &Path, targets: impl IntoIterator<Item = Target>) {
    let targets: Vec<Target> = targets.into_iter().collect();
    let beside = folder.join("targets.beside");
    fs::write(&beside, file_sd(&targets)).unwrap();
    fs::rename(beside, folder.join(TARGETS_FILE)).unwrap();
}
