//! Where a daemon lives: its configuration, its folder of Canaries, its store and its log. What is in it outlives the
//! daemon.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::process::free_port;

/// One daemon's home, or the home of several that share a store.
pub(crate) struct Home {
    folder: TempDir,
    store: String,
    /// Where the probes are answered: a port that the daemon chooses itself, unless somebody has to know it before.
    health: String,
    /// The Canary that there is, `namespace/name`.
    pub(crate) canary: &'static str,
}

impl Home {
    /// With a SQLite store.
    pub(crate) fn new(canary: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("serin.db").display());
        Self::with(canary, folder, store)
    }

    /// With the store at this URL.
    pub(crate) fn on(canary: &'static str, store: String) -> Self {
        Self::with(canary, tempfile::tempdir().unwrap(), store)
    }

    fn with(canary: &'static str, folder: TempDir, store: String) -> Self {
        Self {
            folder,
            store,
            health: "127.0.0.1:0".to_owned(),
            canary,
        }
    }

    /// The folder of Canaries, which is not made here.
    pub(crate) fn canaries(&self) -> PathBuf {
        self.folder.path().join("canaries")
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

    /// Replaces a part of a file, as an editor would: whole, by a rename.
    pub(crate) fn edit(&self, file: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{from} in\n{text}");
        let beside = self.folder.path().join("edited");
        fs::write(&beside, text.replace(from, to)).unwrap();
        fs::rename(beside, file).unwrap();
    }

    /// Writes the daemon's configuration.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.configuration(), text).unwrap();
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("serin.yaml")
    }

    /// The program, with what it needs to find this place.
    pub(crate) fn serin(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(daemon());
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

    /// Where a daemon's stderr goes: all daemons of a home, one after the other.
    pub(crate) fn log(&self) -> File {
        let path = self.folder.path().join("log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// What is there so far.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The program under test; another build of it, such as an optimised one, where `SERIN_TEST_DAEMON` says which.
fn daemon() -> OsString {
    std::env::var_os("SERIN_TEST_DAEMON").unwrap_or_else(|| env!("CARGO_BIN_EXE_serin").into())
}
