//! The other side of a channel that speaks HTTP: an address, and what its answers mean.
//!
//! Redirects are not followed (CloudEvents, *HTTP 1.1 Web Hooks for Event Delivery*, 1.0, section 2.1), nor is a proxy asked. The
//! address may carry a secret, as a token in its path often is; it never appears in a reason, a log or `Debug`, apart from its
//! scheme, host and port. What was answered is read only where a channel asks for it, up to [`ANSWER_BYTES_MAX`], and never told.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::channel::SendError;
use super::connector::Connector;
use super::retry_after::RetryAfter;
use super::status::{self, Meaning};
use crate::authorities::Authorities;

/// Bytes of an answer that are read: Slack gives a message back as it took it, which is a few kilobytes.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Why there is nobody to send to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverError {
    /// The address is none. What was found is not told: it is a secret.
    #[error("the address of a receiver: expected http://… or https://… with a host, found {0}")]
    Address(String),
    /// The HTTP client could not be built.
    #[error("the HTTP client of a channel: {0}; hint: are the system's CA certificates installed?")]
    Client(String),
    /// A token that cannot be sent. It is not told.
    #[error("the token of a channel: expected visible ASCII characters, found others")]
    Token,
}

/// Where a receiver is, and by whom it is known to be the one. `Debug` shows no address.
#[derive(Debug, Clone)]
pub struct ReceiverAddress {
    /// `http` or `https`, a secret.
    pub url: SecretString,
    /// Whom to trust in place of the system's authorities.
    pub authorities: Option<Arc<Authorities>>,
}

impl<T: Into<SecretString>> From<T> for ReceiverAddress {
    fn from(url: T) -> Self {
        Self {
            url: url.into(),
            authorities: None,
        }
    }
}

/// An address, and who connects to it.
#[derive(Clone)]
pub(super) struct Receiver {
    connector: Arc<Connector>,
    url: Url,
    /// What may be told of the address: all but what may be a secret.
    shown: String,
}

impl Receiver {
    /// The receiver at `url`, which is `http` or `https`.
    ///
    /// # Errors
    /// Where the address is none, or the system has no certificates to check a receiver's by.
    pub(super) fn new(address: &ReceiverAddress) -> Result<Self, ReceiverError> {
        let url = Url::parse(address.url.expose_secret())
            .map_err(|error| ReceiverError::Address(error.to_string()))?;
        let connector = match url.scheme() {
            "https" => Connector::secure(address.authorities.clone()),
            "http" => Connector::plain(),
            _ => return Err(ReceiverError::Address("another scheme".to_owned())),
        };
        let connector = connector.map_err(|error| ReceiverError::Client(root_cause(&error)))?;
        Ok(Self {
            connector: Arc::new(connector),
            shown: url.origin().ascii_serialization(),
            url,
        })
    }

    /// The same server, `path` further down. That path is no secret, as the one above it may be.
    pub(super) fn below(&self, path: &str) -> Self {
        let above = self.url.path().trim_end_matches('/');
        let mut url = self.url.clone();
        url.set_path(&format!("{above}/{path}"));
        let hidden = if above.is_empty() { "" } else { "/…" };
        Self {
            connector: Arc::clone(&self.connector),
            shown: format!("{}{hidden}/{path}", self.origin()),
            url,
        }
    }

    /// Scheme, host and port: what may be told of the address.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Posts `body`, and gives an answer that says it was taken.
    ///
    /// # Errors
    /// Where no answer came, or one that says otherwise.
    pub(super) async fn post(&self, headers: HeaderMap, body: Vec<u8>) -> Result<Response, SendError> {
        let client = self.connector.client().await.map_err(SendError::later)?;
        let request = client.post(self.url.clone()).headers(headers).body(body);
        match request.send().await {
            Ok(response) => self.understood(response),
            Err(error) => Err(self.no_answer(error)),
        }
    }

    /// What a JSON answer says.
    ///
    /// # Errors
    /// Where it breaks off, is too long, or is something else: as what was sent may have arrived, it may work later.
    pub(super) async fn json<T: DeserializeOwned>(&self, mut response: Response) -> Result<T, SendError> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    let origin = self.origin();
                    return Err(SendError::later(format!(
                        "{origin} answered with more than {ANSWER_BYTES_MAX} bytes"
                    )));
                }
                Err(error) => return Err(self.no_answer(error)),
            }
        }
        serde_json::from_slice(&body)
            .map_err(|_| SendError::later(format!("{} answered with something unknown", self.origin())))
    }

    fn no_answer(&self, error: reqwest::Error) -> SendError {
        let cause = root_cause(&error.without_url());
        SendError::later(format!("no answer from {}: {cause}", self.origin()))
    }

    fn understood(&self, response: Response) -> Result<Response, SendError> {
        let status = response.status();
        let answered = || format!("{} answered {status}", self.shown);
        match status::meaning(status) {
            Meaning::Taken => Ok(response),
            Meaning::Later => Err(SendError::Later {
                reason: answered(),
                wait: wait(&response),
            }),
            Meaning::Moved => Err(SendError::never(format!(
                "{}, and redirects are not followed; hint: configure the address that it points to",
                answered()
            ))),
            Meaning::Never => Err(SendError::never(answered())),
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.origin())
    }
}

/// `Authorization` with a bearer token.
///
/// # Errors
/// Where the token cannot stand in a header.
pub(super) fn bearer(
    token: &SecretString,
) -> Result<(reqwest::header::HeaderName, HeaderValue), ReceiverError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| ReceiverError::Token)?;
    value.set_sensitive(true);
    Ok((AUTHORIZATION, value))
}

/// What a response asks to wait.
pub(super) fn wait(response: &Response) -> Option<RetryAfter> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    RetryAfter::parse(value)
}

/// The innermost cause: reqwest's own words say little more than that something failed.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
