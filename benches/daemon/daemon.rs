//! A running `serin serve`.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use reqwest::Client;
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::commands::Commands;
use crate::metrics_page::MetricsPage;
use crate::world::World;

/// A daemon that is ready. Dropping it kills it, as `kill -9` does.
pub(crate) struct Daemon {
    child: Child,
    /// Kept open, so that what it prints has somewhere to go.
    _stdout: BufReader<ChildStdout>,
    pub(crate) commands: Commands,
    client: Client,
    health: String,
    /// Rollouts that it found in the store.
    pub(crate) recovered: u64,
    store: PathBuf,
}

impl Daemon {
    /// Starts one for `world`, with the SQLite store of this name there, and waits until `/readyz` says so.
    pub(crate) async fn start(world: &World, store: &str) -> anyhow::Result<Self> {
        let folder = world.folder.path();
        let (log, store) = (folder.join("log"), folder.join(store));
        let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
        command.args(["serve", "--output", "json"]).current_dir(folder);
        command.arg("--config").arg(folder.join("serin.yaml"));
        command.arg("--canaries").arg(world.canaries());
        command.args(["--store-url", &format!("sqlite:{}", store.display())]);
        command.args(["--api-address", "127.0.0.1:0", "--health-address", "127.0.0.1:0"]);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("SERIN_") || variable == "RUST_LOG" {
                command.env_remove(variable);
            }
        }
        let stderr = OpenOptions::new().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("its stdout is a pipe")?);
        let reading = spawn_blocking(move || {
            let mut line = String::new();
            stdout.read_line(&mut line).map(|_| (line, stdout))
        });
        let (line, stdout) = reading.await??;
        if line.is_empty() {
            child.wait()?;
            bail!("the daemon did not start:\n{}", fs::read_to_string(log)?);
        }
        let started: Value = serde_json::from_str(&line)?;
        let address = |name: &str| started[name].as_str().map(str::to_owned).context("an address");
        let daemon = Self {
            child,
            _stdout: stdout,
            commands: Commands::new(world.client.clone(), address("api")?),
            client: world.client.clone(),
            health: address("health")?,
            recovered: started["recovered"].as_u64().context("a number")?,
            store,
        };
        daemon.probe("/readyz").await?;
        Ok(daemon)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its own metrics, now.
    pub(crate) async fn metrics(&self) -> anyhow::Result<MetricsPage> {
        self.probe("/metrics").await.map(MetricsPage::new)
    }

    /// Bytes of the store's file and of the log before it.
    pub(crate) fn store_bytes(&self) -> anyhow::Result<u64> {
        let mut log = self.store.clone().into_os_string();
        log.push("-wal");
        Ok(fs::metadata(&self.store)?.len() + fs::metadata(log)?.len())
    }

    async fn probe(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.client.get(format!("{}{path}", self.health)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
