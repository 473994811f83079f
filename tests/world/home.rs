//! Where a daemon lives: its configuration, its folder of Canaries, its store, its log and its secrets. What is in it outlives the
//! daemon, and is swept for secrets when one ends.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use super::marked::{self, Left};
use super::process::free_port;

/// The commands that take a configuration, as long as they ask no daemon.
const CONFIGURED: [&str; 7] = [
    "serve", "audit", "doctor", "history", "migrate", "notify", "replay",
];

/// Where a daemon is told its store, as a variable: there a password may stand.
const STORE_URL: &str = "SERIN_STORE_URL";

/// One daemon's home, or the home of several that share a store.
pub(crate) struct Home {
    left: Arc<Left>,
    store: String,
    /// Variables of the configuration: each secret of the API that can stand beside any other, and a test's own.
    variables: Vec<(String, String)>,
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
        let secrets = [
            "API_TOKEN",
            "API_JWT_SECRET",
            "API_WEBHOOK_TOKEN",
            "API_WEBHOOK_SECRET",
            "API_PREVIOUS_WEBHOOK_SECRET",
        ];
        let planted = |name: &str| (format!("SERIN_{name}"), marked::secret(&name.to_lowercase()));
        let left = Left::new(folder, &store);
        fs::create_dir(left.secrets()).unwrap();
        Self {
            left: Arc::new(left),
            store,
            variables: secrets.map(planted).into(),
            health: "127.0.0.1:0".to_owned(),
            canary,
        }
    }

    /// Its API is open to this machine, as where nobody has written how to know anybody.
    pub(crate) fn open(mut self) -> Self {
        self.variables
            .retain(|(name, _)| !["SERIN_API_TOKEN", "SERIN_API_JWT_SECRET"].contains(&name.as_str()));
        self
    }

    /// A variable of the configuration.
    pub(crate) fn variable(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// The names of all of them.
    pub(crate) fn variable_names(&self) -> Vec<String> {
        let names = self.variables.iter().map(|(name, _)| name.clone());
        names.chain([STORE_URL.to_owned()]).collect()
    }

    /// A file with a secret, for its eyes only; gives its path.
    pub(crate) fn secret_file(&self, name: &str, secret: &str) -> PathBuf {
        let path = self.left.secrets().join(name);
        fs::write(&path, secret).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// What opens the API, if anything has to.
    pub(crate) fn token(&self) -> Option<String> {
        let token = self.variables.iter().find(|(name, _)| name == "SERIN_API_TOKEN");
        token.map(|(_, token)| token.clone())
    }

    /// What its daemons leave.
    pub(crate) fn left(&self) -> Arc<Left> {
        Arc::clone(&self.left)
    }

    fn folder(&self) -> &Path {
        self.left.folder.path()
    }

    /// The folder of Canaries, which is not made here.
    pub(crate) fn canaries(&self) -> PathBuf {
        self.folder().join("canaries")
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
        let beside = self.folder().join("edited");
        fs::write(&beside, text.replace(from, to)).unwrap();
        fs::rename(beside, file).unwrap();
    }

    /// Writes the daemon's configuration.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.configuration(), text).unwrap();
    }

    fn configuration(&self) -> PathBuf {
        self.folder().join("serin.yaml")
    }

    /// The program, with what it needs to find this place.
    pub(crate) fn serin(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(daemon());
        command.args(arguments).current_dir(self.folder());
        let word = arguments.first().copied().unwrap_or_default();
        let asks_a_daemon = arguments.contains(&"--server");
        if CONFIGURED.contains(&word) && !asks_a_daemon {
            command.arg("--config").arg(self.configuration());
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
        command.env(STORE_URL, &self.store);
        command.envs(self.variables.iter().cloned());
        command.stdin(Stdio::null());
        command
    }

    /// Where a daemon's stderr goes: all daemons of a home, one after the other.
    pub(crate) fn log(&self) -> File {
        let path = self.folder().join("log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// What is there so far.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }
}

/// The program under test; another build of it, such as an optimised one, where `SERIN_TEST_DAEMON` says which.
fn daemon() -> OsString {
    std::env::var_os("SERIN_TEST_DAEMON").unwrap_or_else(|| env!("CARGO_BIN_EXE_serin").into())
}
