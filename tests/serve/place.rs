//! Where a daemon of a test lives: two real services behind a real router, a folder of Canaries, a configuration and a store.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use serin::clock::SystemClock;
use serin::demo::options::DemoOptions;
use serin::demo::world::World;
use tempfile::TempDir;

use super::receiver::Receiver;
use crate::world::postgres;
use crate::world::process::free_port;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: DemoOptions,
}

/// One daemon's place. What is in it outlives the daemon.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) people: Receiver,
    folder: TempDir,
    store: String,
    /// Where the daemon's probes are answered: a port that it chooses itself, unless somebody has to know it before.
    health: String,
}

impl Place {
    /// With a SQLite store; `arguments` are the demo's (`--fault errors=5%`).
    pub(crate) async fn new(arguments: &str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("serin.db").display());
        Self::with_store(arguments, seed, folder, store).await
    }

    /// With a database of its own on the tests' PostgreSQL server.
    pub(crate) async fn on_postgres(arguments: &str, seed: u64) -> Self {
        let url = postgres::database().await.url();
        Self::with_store(arguments, seed, tempfile::tempdir().unwrap(), url).await
    }

    /// With the store at this URL.
    pub(crate) async fn at(url: String, arguments: &str, seed: u64) -> Self {
        Self::with_store(arguments, seed, tempfile::tempdir().unwrap(), url).await
    }

    async fn with_store(arguments: &str, seed: u64, folder: TempDir, store: String) -> Self {
        let canaries = folder.path().join("canaries");
        let words = format!("demo {arguments} --dir {}", canaries.display());
        let options = Arguments::parse_from(words.split_whitespace()).options;
        let world = World::start(options, seed, &SystemClock::start()).await.unwrap();
        let people = Receiver::start().await;
        let place = Self {
            world,
            people,
            folder,
            store,
            health: "127.0.0.1:0".to_owned(),
        };
        place.edit("notify: [log]", "notify: [oncall]");
        place.edit("bake: 5s", "bake: 2s");
        place.edit("  maxDuration: 2m", "  maxDuration: 10m");
        place.configure("");
        place
    }

    /// The file of a SQLite store.
    pub(crate) fn store_file(&self) -> String {
        self.store.strip_prefix("sqlite:").unwrap().to_owned()
    }

    /// Has the probes answered on a port that is known before the daemon is ready; gives their URL.
    pub(crate) fn know_the_probes(&mut self) -> String {
        self.health = format!("127.0.0.1:{}", free_port());
        format!("http://{}", self.health)
    }

    /// Where the Canary's file is.
    pub(crate) fn canaries(&self) -> &Path {
        self.world.folder()
    }

    /// Replaces a part of the Canary's file, as an editor would: whole, by a rename.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let file = &self.world.manifests().canary;
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{from} in\n{text}");
        let beside = self.folder.path().join("edited");
        fs::write(&beside, text.replace(from, to)).unwrap();
        fs::rename(beside, file).unwrap();
    }

    /// Writes the daemon's configuration: the channel, and `more`.
    pub(crate) fn configure(&self, more: &str) {
        let address = self.people.address();
        let channel = format!(
            "notify:\n  channels:\n    oncall: {{type: webhook, url: \"http://{address}/\"}}\n{more}"
        );
        fs::write(self.configuration(), channel).unwrap();
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("serin.yaml")
    }

    /// The VirtualService's text.
    pub(crate) fn virtual_service(&self) -> String {
        fs::read_to_string(&self.world.manifests().virtual_service).unwrap()
    }

    /// The program, with what it needs to find this place.
    pub(crate) fn serin(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
        command.args(arguments).current_dir(self.folder.path());
        let word = arguments.first().copied().unwrap_or_default();
        let asks_a_daemon = arguments.contains(&"--server");
        if ["serve", "history", "replay", "migrate"].contains(&word) && !asks_a_daemon {
            command.arg("--config").arg(self.configuration());
            command.args(["--store-url", &self.store]);
        }
        if word == "serve" {
            command.arg("--canaries").arg(self.canaries());
            command.args(["--api-address", "127.0.0.1:0", "--health-address", &self.health]);
        }
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("SERIN_") || variable == "RUST_LOG" {
                command.env_remove(variable);
            }
        }
        command.stdin(Stdio::null());
        command
    }

    /// Where its stderr goes: all daemons of a place, one after the other.
    pub(crate) fn log(&self) -> File {
        let path = self.folder.path().join("log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// What is there so far.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The epoch that a VirtualService's text carries.
pub(crate) fn epoch(text: &str) -> u64 {
    let line = text.lines().find(|line| line.contains("serin.dev/epoch"));
    let digits: String = line.unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
