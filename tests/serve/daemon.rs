//! A running `serin serve`, and the other commands beside it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::place::Place;

/// Longer than anything here takes; only a failure waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A daemon that is ready. Dropping it kills it.
pub(crate) struct Daemon {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    pub(crate) api: String,
    pub(crate) health: String,
    /// What it said when it was ready.
    pub(crate) started: Value,
}

impl Daemon {
    /// Starts one at `place` and waits until it says that it is ready.
    pub(crate) async fn start(place: &Place) -> Self {
        Self::try_start(place).await.unwrap_or_else(|log| panic!("{log}"))
    }

    /// As [`start`](Self::start), or what it wrote to stderr.
    pub(crate) async fn try_start(place: &Place) -> Result<Self, String> {
        let mut command = place.serin(&["serve", "--output", "json"]);
        command.stdout(Stdio::piped()).stderr(place.log());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (line, stdout) = spawn_blocking(move || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            (line, stdout)
        })
        .await
        .unwrap();
        if line.is_empty() {
            child.wait().unwrap();
            return Err(place.log_text());
        }
        let started: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| started[name].as_str().unwrap().to_owned();
        Ok(Self {
            child,
            stdout: Some(stdout),
            api: address("api"),
            health: address("health"),
            started,
        })
    }

    /// Asks the API.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = client().get(format!("{}{path}", self.api)).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Gives a command to `demo/checkout`.
    pub(crate) async fn post(&self, word: &str, body: &Value) -> Value {
        let url = format!("{}/api/v1/canaries/demo/checkout/{word}", self.api);
        let request = client().post(url).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{word}: {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The status of a probe.
    pub(crate) async fn probe(&self, path: &str) -> u16 {
        let answer = client()
            .get(format!("{}{path}", self.health))
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    }

    /// The rollout of `demo/checkout`.
    pub(crate) async fn rollout(&self) -> Value {
        self.get("/api/v1/canaries/demo/checkout").await["rollout"].clone()
    }

    /// Waits until the rollout is like that.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let rollout = self.rollout().await;
                if is_so(&rollout) {
                    return rollout;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("never {what}"))
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it ends, and gives its exit code.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let stdout = self.stdout.take();
        let mut child = std::mem::replace(&mut self.child, nobody());
        spawn_blocking(move || {
            // Kept open until then: what it prints at its end must not fail.
            let status = child.wait().unwrap();
            drop(stdout);
            status.code()
        })
        .await
        .unwrap()
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) async fn kill(self) {
        self.signal("KILL");
        self.ended().await;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs another command at `place` and gives exit code, stdout and stderr.
pub(crate) async fn run(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let mut command = place.serin(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// A process that has ended.
fn nobody() -> Child {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}
