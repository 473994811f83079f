//! A server of a cluster, which can be stopped, killed and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use reqwest::Client;

use crate::world::patience::until;
use crate::world::process::Process;

/// The server, running or killed. It keeps its data and its ports.
pub(crate) struct Part {
    name: &'static str,
    command: Command,
    log: PathBuf,
    /// What succeeds once it is ready, and who asks.
    probe: (Client, String),
    process: Mutex<Option<Process>>,
}

impl Part {
    /// Starts it; it is not ready yet. Its output goes to a file of its name in `folder`.
    pub(super) fn launch(
        command: Command,
        folder: &Path,
        name: &'static str,
        probe: (Client, String),
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        Self {
            name,
            process: Mutex::new(Some(Process::start(&command, &log))),
            command,
            log,
            probe,
        }
    }

    /// Waits until it is ready.
    pub(crate) async fn until_ready(&self) {
        let (client, url) = &self.probe;
        until(&format!("ready: {}", self.name), async || {
            assert!(!self.has_ended(), "{} has ended:\n{}", self.name, self.said());
            let answer = client.get(url).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// SIGSTOP: connections stay open, new ones are taken by the kernel, and nothing is answered.
    pub(crate) fn stop(&self) {
        self.running(Process::stop);
    }

    /// SIGCONT: it goes on after [`stop`](Self::stop).
    pub(crate) fn cont(&self) {
        self.running(Process::cont);
    }

    /// SIGKILL: connections are refused when this returns.
    pub(crate) fn kill(&self) {
        *self.process() = None;
    }

    /// Starts it again on its data, killing it first if need be, and waits until it is ready.
    pub(crate) async fn restart(&self) {
        self.kill();
        *self.process() = Some(Process::start(&self.command, &self.log));
        self.until_ready().await;
    }

    /// The program's number, while it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.running(Process::pid)
    }

    /// What it has printed, all its lives together.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn has_ended(&self) -> bool {
        self.running(Process::has_ended)
    }

    fn running<T>(&self, act: impl FnOnce(&Process) -> T) -> T {
        let process = self.process();
        act(process.as_ref().expect("it was killed, and not started again"))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap()
    }
}
