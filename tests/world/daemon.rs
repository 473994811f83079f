//! A running `serin serve`, and the other commands beside it. Whatever they answer, print and leave is swept for secrets.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::home::Home;
use super::marked::{Left, untold};

pub(crate) use super::patience::{PATIENCE, until};

/// A daemon that is not known to be ready. Dropping it kills it, and sweeps what it left.
pub(crate) struct Starting {
    child: Child,
    stdout: BufReader<ChildStdout>,
    left: Arc<Left>,
}

impl Starting {
    /// Starts one at `home`.
    pub(crate) fn at(home: &Home) -> Self {
        Self::with(home, &[])
    }

    /// Starts one at `home` as another replica.
    pub(crate) fn replica(home: &Home, name: &str) -> Self {
        Self::with(home, &["--store-replica", name])
    }

    fn with(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.serin(&["serve", "--output", "json"]);
        command.args(arguments);
        command.stdout(Stdio::piped()).stderr(home.log());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdout,
            left: home.left(),
        }
    }

    /// Waits until it says that it is ready; or gives what it wrote to stderr, once it has ended instead.
    pub(crate) async fn ready(mut self, home: &Home) -> Result<Daemon, String> {
        let (line, mut starting) = spawn_blocking(move || {
            let mut line = String::new();
            self.stdout.read_line(&mut line).unwrap();
            (line, self)
        })
        .await
        .unwrap();
        if line.is_empty() {
            starting.child.wait().unwrap();
            return Err(home.log_text());
        }
        untold("the daemon's first line", &line);
        let started: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| started[name].as_str().unwrap().to_owned();
        Ok(Daemon {
            canary: home.canary,
            token: home.token(),
            api: address("api"),
            health: address("health"),
            started,
            starting,
        })
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it ends, and gives its exit code. What it prints until then is not lost: its stdout stays open.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let ended = spawn_blocking(move || self.child.wait().unwrap().code());
        timeout(PATIENCE, ended).await.expect("it ends").unwrap()
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // It is dead, so this has an end.
        let mut said = Vec::new();
        let _ = self.stdout.read_to_end(&mut said);
        self.left.sweep(&said);
    }
}

/// A daemon that is ready. Dropping it kills it, and sweeps what it left.
pub(crate) struct Daemon {
    starting: Starting,
    canary: &'static str,
    /// What opens its API, if anything has to.
    pub(crate) token: Option<String>,
    pub(crate) api: String,
    pub(crate) health: String,
    /// What it said when it was ready.
    pub(crate) started: Value,
}

impl Daemon {
    /// Starts one at `home` and waits until it says that it is ready.
    pub(crate) async fn start(home: &Home) -> Self {
        Self::try_start(home).await.unwrap_or_else(|log| panic!("{log}"))
    }

    /// As [`start`](Self::start), with more flags.
    pub(crate) async fn start_with(home: &Home, flags: &[&str]) -> Self {
        let ready = Starting::with(home, flags).ready(home).await;
        ready.unwrap_or_else(|log| panic!("{log}"))
    }

    /// As [`start`](Self::start), or what it wrote to stderr.
    pub(crate) async fn try_start(home: &Home) -> Result<Self, String> {
        Starting::at(home).ready(home).await
    }

    /// A question to the API, by whoever may ask anything.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.api));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks the API.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, text) = answered(self.request(Method::GET, path)).await;
        assert!(status < 300, "{path}: {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Gives a command to the home's Canary.
    pub(crate) async fn post(&self, word: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(word, body).await;
        assert!(status < 300, "{word}: {status}: {answer}");
        answer
    }

    /// Gives a command to the home's Canary, whatever the answer.
    pub(crate) async fn ask(&self, word: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/v1/canaries/{}/{word}", self.canary);
        let request = self.request(Method::POST, &path);
        let request = request.header("content-type", "application/json");
        let (status, text) = answered(request.body(body.to_string())).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// The status of a probe.
    pub(crate) async fn probe(&self, path: &str) -> u16 {
        probe(&format!("{}{path}", self.health)).await.0
    }

    /// What a probe says.
    pub(crate) async fn says(&self, path: &str) -> (u16, Value) {
        let (status, text) = probe(&format!("{}{path}", self.health)).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// The page of metrics.
    pub(crate) async fn metrics(&self) -> String {
        probe(&format!("{}/metrics", self.health)).await.1
    }

    /// The rollout of the home's Canary.
    pub(crate) async fn rollout(&self) -> Value {
        self.get(&format!("/api/v1/canaries/{}", self.canary)).await["rollout"].clone()
    }

    /// Waits until the rollout is like that.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(what, async || {
            let rollout = self.rollout().await;
            is_so(&rollout).then_some(rollout)
        })
        .await
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        self.starting.signal(name);
    }

    /// Waits until it ends, and gives its exit code.
    pub(crate) async fn ended(self) -> Option<i32> {
        self.starting.ended().await
    }

    /// The program's number.
    pub(crate) fn pid(&self) -> u32 {
        self.starting.child.id()
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) async fn kill(self) {
        self.signal("KILL");
        self.ended().await;
    }
}

/// What a probe at `url` answers.
pub(crate) async fn probe(url: &str) -> (u16, String) {
    answered(client().get(url)).await
}

/// What a daemon answers, which tells no secret.
pub(crate) async fn answered(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
    let text = answer.text().await.unwrap();
    untold("the head of an answer", headers);
    untold("an answer", &text);
    (status, text)
}

/// Runs another command at `home` and gives exit code, stdout and stderr.
pub(crate) async fn run(home: &Home, arguments: &[&str]) -> (i32, String, String) {
    let mut command = home.serin(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    untold(&format!("the stdout of {arguments:?}"), &stdout);
    untold(&format!("the stderr of {arguments:?}"), &stderr);
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// Whoever asks a server of a test, with TLS or without: whose certificates are taken is a question of other tests.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}
