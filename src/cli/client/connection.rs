//! Asks a daemon, and says what to do when it does not answer.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::ServerArguments;
use crate::api::Problem;

/// A daemon on another machine answers within seconds, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The API's own limit is 10 s by default; this leaves it room to say so.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Attempts to come through a Service to the replica that leads: of two replicas each attempt reaches either, and one in a thousand
/// commands never reaches the leader.
const ATTEMPTS_AT_LEADER: usize = 10;

/// Pause between them: a new leader is there within seconds of an old one's end.
const PAUSE_BEFORE_LEADER: Duration = Duration::from_millis(250);

/// Bytes of an answer: a page of the longest rollouts has less than a mebibyte.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Bytes of a token's file, as of the daemon's own.
const TOKEN_BYTES_MAX: u64 = 8 << 10;

/// The variable that the daemon reads its token from, too.
const TOKEN_VARIABLE: &str = "SERIN_API_TOKEN";

/// The way to one daemon.
pub(in crate::cli) struct Connection {
    client: Client,
    hint: &'static str,
    server: String,
    token: Option<SecretString>,
}

/// Nobody answered; it may be worth asking again.
#[derive(Debug, thiserror::Error)]
#[error("no daemon answers at {server}: {reason}\n  hint: {hint}")]
pub(in crate::cli) struct Unanswered {
    server: String,
    reason: String,
    hint: &'static str,
}

/// A replica answered that follows, and nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Follows(String);

impl Connection {
    pub(in crate::cli) fn new(arguments: &ServerArguments) -> anyhow::Result<Self> {
        let server = arguments.server.trim_end_matches('/').to_owned();
        if !server.starts_with("http://") && !server.starts_with("https://") {
            bail!("--server: expected an address such as http://127.0.0.1:8080, found {server}");
        }
        Ok(Self {
            client: client(arguments)?,
            hint: "start one with `serin serve`, or name another with --server",
            server,
            token: token(arguments)?,
        })
    }

    /// The same, with other words for what to do when nobody answers.
    pub(in crate::cli) const fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// The daemon's address.
    pub(in crate::cli) fn server(&self) -> &str {
        &self.server
    }

    fn unanswered(&self, error: &reqwest::Error) -> Unanswered {
        Unanswered {
            server: self.server.clone(),
            reason: innermost(error),
            hint: self.hint,
        }
    }

    /// Asks.
    pub(in crate::cli) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let response = self
            .send(self.request(Method::GET, path).timeout(REQUEST_TIMEOUT))
            .await?;
        self.read(path, response).await
    }

    /// Asks for something whose status says how it is, with the same words either way.
    pub(super) async fn get_whatever_its_status<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let response = self
            .send(self.request(Method::GET, path).timeout(REQUEST_TIMEOUT))
            .await?;
        self.understand(path, response).await
    }

    /// Commands.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let body = serde_json::to_vec(body)?;
        let command = async || {
            let request = self
                .request(Method::POST, path)
                .timeout(REQUEST_TIMEOUT)
                .header("content-type", "application/json")
                .body(body.clone());
            self.read(path, self.send(request).await?).await
        };
        at_leader(command).await
    }

    /// Opens a stream of events, which has no end of its own.
    pub(super) async fn stream(&self, path: &str) -> anyhow::Result<Response> {
        let open = async || {
            let response = self.send(self.request(Method::GET, path)).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            Err(self.refusal(path, response).await)
        };
        at_leader(open).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let sent = request.send().await;
        Ok(sent.map_err(|error| self.unanswered(&error))?)
    }

    async fn read<T: DeserializeOwned>(&self, path: &str, response: Response) -> anyhow::Result<T> {
        if !response.status().is_success() {
            return Err(self.refusal(path, response).await);
        }
        self.understand(path, response).await
    }

    async fn understand<T: DeserializeOwned>(&self, path: &str, response: Response) -> anyhow::Result<T> {
        let body = self.body(response).await?;
        serde_json::from_slice(&body).with_context(|| {
            format!(
                "the answer of {}{path} is not understood; hint: is the daemon of another version?",
                self.server
            )
        })
    }

    async fn body(&self, mut response: Response) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.unanswered(&error))? else {
                return Ok(body);
            };
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                bail!(
                    "expected an answer of at most {ANSWER_BYTES_MAX} bytes from {}, found more",
                    self.server
                );
            }
        }
    }

    /// What the daemon says is wrong.
    async fn refusal(&self, path: &str, response: Response) -> anyhow::Error {
        let status = response.status();
        let Ok(body) = self.body(response).await else {
            return anyhow!("{}{path} answers {status}", self.server);
        };
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if status == reqwest::StatusCode::UNAUTHORIZED => anyhow!(
                "{}\n  hint: --token-file names a file with the token; without it {TOKEN_VARIABLE} counts",
                problem.detail
            ),
            Ok(problem) => {
                let is_of_follower = problem.is_of_follower();
                let field = problem
                    .field
                    .map(|field| format!("{field}: "))
                    .unwrap_or_default();
                let hint = problem
                    .hint
                    .map(|hint| format!("\n  hint: {hint}"))
                    .unwrap_or_default();
                let told = format!("{field}{}{hint}", problem.detail);
                if is_of_follower {
                    Follows(told).into()
                } else {
                    anyhow!(told)
                }
            }
            Err(_) => anyhow!(
                "{}{path} answers {status}, and not as Serin would\n  hint: is --server the API's address?",
                self.server
            ),
        }
    }
}

/// Asks until it is not a follower that answers.
async fn at_leader<T>(ask: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    for _ in 1..ATTEMPTS_AT_LEADER {
        match ask().await {
            Err(error) if error.is::<Follows>() => sleep(PAUSE_BEFORE_LEADER).await,
            answered => return answered,
        }
    }
    ask().await
}

fn client(arguments: &ServerArguments) -> anyhow::Result<Client> {
    let mut client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(path) = &arguments.ca_file {
        let pem =
            std::fs::read(path).with_context(|| format!("--ca-file: cannot read {}", path.display()))?;
        let authorities = Certificate::from_pem_bundle(&pem).unwrap_or_default();
        if authorities.is_empty() {
            bail!(
                "--ca-file: expected certificates in PEM, found none in {}",
                path.display()
            );
        }
        client = client.tls_certs_only(authorities);
    }
    client.build().context("cannot make an HTTP client")
}

fn token(arguments: &ServerArguments) -> anyhow::Result<Option<SecretString>> {
    use std::io::Read;

    let Some(path) = &arguments.token_file else {
        return Ok(std::env::var(TOKEN_VARIABLE).ok().map(SecretString::from));
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(TOKEN_BYTES_MAX).read_to_string(&mut text))
        .with_context(|| format!("--token-file: cannot read {}", path.display()))?;
    Ok(Some(SecretString::from(text.trim())))
}

/// The reason at the bottom: "connection refused" says more than "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
