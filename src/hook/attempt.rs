//! One attempt, and what its answer means.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use url::Url;

use super::clients::Clients;
use super::lookup::{Lookup, Name, NotFound};
use crate::driver::ports::HookReply;
use crate::engine::HookOutcome;

/// Bytes of an answer that are read: its first line is told, and no gate has more to say than that.
const ANSWER_BYTES_MAX: usize = 4 << 10;

/// Characters of an answer's first line that are told.
const LINE_CHARS_MAX: usize = 200;

/// The greatest status that passes. Flagger's own: it takes neither 203 nor 204.
const PASSES_UP_TO: StatusCode = StatusCode::ACCEPTED;

/// What came of an attempt.
pub(super) enum Attempt {
    /// There is nothing to try again.
    Done(HookReply),
    /// It goes where no hook may.
    NotAllowed(String),
    /// It may work later: no answer, 429, or 5xx but 501. So much was asked to be waited.
    Later { detail: String, wait: Option<Duration> },
}

impl Attempt {
    pub(super) const fn later(detail: String) -> Self {
        Self::Later { detail, wait: None }
    }
}

/// Posts `body` to `url`, at one of the addresses that its name stands for.
pub(super) async fn attempt(
    clients: &Clients,
    lookup: &dyn Lookup,
    name: &mut Name<'_>,
    url: &Url,
    key: &str,
    body: Vec<u8>,
) -> Attempt {
    let addresses = match name.addresses(lookup).await {
        Ok(addresses) => addresses,
        Err(NotFound::NotAllowed(why)) => return Attempt::NotAllowed(why),
        Err(NotFound::Unknown(why)) => return Attempt::later(why),
    };
    let client = match clients.for_host(url, addresses).await {
        Ok(client) => client,
        Err(why) => return Attempt::later(format!("no HTTP client: {why}")),
    };
    let mut request = client.post(url.clone()).header(CONTENT_TYPE, "application/json");
    if let Ok(key) = HeaderValue::from_str(key) {
        request = request.header("idempotency-key", key);
    }
    match request.body(body).send().await {
        Ok(response) => understood(response).await,
        Err(error) => {
            let origin = url.origin().ascii_serialization();
            Attempt::later(format!(
                "no answer from {origin}: {}",
                root_cause(&error.without_url())
            ))
        }
    }
}

async fn understood(response: Response) -> Attempt {
    let status = response.status();
    if status.is_redirection() {
        let detail = format!("{status}, and redirects are not followed");
        return Attempt::Done(HookReply {
            outcome: HookOutcome::Failed,
            detail,
        });
    }
    let is_later = status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED);
    let wait = asked_to_wait(&response);
    let detail = match first_line(response).await {
        line if line.is_empty() => status.to_string(),
        line => format!("{status}: {line}"),
    };
    if is_later {
        return Attempt::Later { detail, wait };
    }
    let outcome = if status <= PASSES_UP_TO {
        HookOutcome::Passed
    } else {
        HookOutcome::Failed
    };
    Attempt::Done(HookReply { outcome, detail })
}

/// `Retry-After` in seconds, as Flagger's client reads it with 429 and 503. A date there says nothing.
fn asked_to_wait(response: &Response) -> Option<Duration> {
    let is_heard = matches!(
        response.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let seconds = response.headers().get(RETRY_AFTER).filter(|_| is_heard)?;
    seconds
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// The first line of the answer that says something. One that breaks off has said what it has said: the status counts.
async fn first_line(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES_MAX && !has_a_line(&body) {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = ANSWER_BYTES_MAX - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(None) | Err(_) => break,
        }
    }
    let text = String::from_utf8_lossy(&body);
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let visible = line.chars().filter(|character| !character.is_control());
    visible.take(LINE_CHARS_MAX).collect()
}

/// Whether there is a whole line that says something: nobody waits for the rest.
fn has_a_line(body: &[u8]) -> bool {
    let text = body.trim_ascii_start();
    text.contains(&b'\n')
}

/// The innermost cause: reqwest's own words say little more than that something failed.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
