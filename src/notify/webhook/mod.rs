//! A generic webhook: a signed CloudEvent by POST.
//!
//! The body is the same at every attempt, byte for byte. The delivery's key is the event's `id`, `webhook-id` and `Idempotency-Key`,
//! so that a receiver can tell a repetition by whichever it knows. Redirects are not followed (CloudEvents, *HTTP 1.1 Web Hooks for
//! Event Delivery*, 1.0, section 2.1), and of the answer only the status and `Retry-After` are read, never the body.
//!
//! The address may carry a secret, as a token in its path often is; it never appears in a reason, a log or `Debug`, apart from its
//! scheme, host and port.

mod event;
mod status;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::channel::{Channel, SendError};
use super::retry_after::RetryAfter;
use crate::driver::Delivery;
use crate::driver::ports::Clock;
use crate::signature::SigningKey;
use crate::spec::Timestamp;

use status::Meaning;

/// The event's `source` where the configuration names none.
pub const SOURCE_DEFAULT: &str = "/serin";

/// What a webhook needs to be told.
#[derive(Debug)]
pub struct WebhookOptions {
    /// Where to post: `http` or `https`, a secret.
    pub url: SecretString,
    /// The keys to sign with: a signature for each, so that a receiver can change from one to the next. Without any
    /// there is no signature.
    pub signing_keys: Vec<SigningKey>,
    /// The event's `source`: a URI reference that tells this Serin from another; [`SOURCE_DEFAULT`] where there is one.
    pub source: String,
}

/// Why a webhook cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The address is none. What was found is not told: it is a secret.
    #[error("the address of a webhook: expected http://… or https://… with a host, found {0}")]
    Address(String),
    /// The HTTP client could not be built.
    #[error("the HTTP client of a webhook: {0}; hint: are the system's CA certificates installed?")]
    Client(String),
}

/// Posts each delivery as a CloudEvent.
pub struct Webhook {
    client: Client,
    url: Url,
    signing_keys: Vec<SigningKey>,
    source: String,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// A webhook that posts to `options.url`, and tells the receiver the time of each attempt by `clock`.
    ///
    /// # Errors
    /// Where the address is none, or the system has no certificates to check a receiver's by.
    pub fn new(options: WebhookOptions, clock: Arc<dyn Clock>) -> Result<Self, WebhookError> {
        let url = Url::parse(options.url.expose_secret())
            .map_err(|error| WebhookError::Address(error.to_string()))?;
        let client = Client::builder()
            .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy();
        let client = match url.scheme() {
            "https" => client,
            // Without the system's certificates, which need not be there.
            "http" => client.tls_certs_only([]),
            _ => return Err(WebhookError::Address("another scheme".to_owned())),
        };
        Ok(Self {
            client: client
                .build()
                .map_err(|error| WebhookError::Client(root_cause(&error)))?,
            url,
            signing_keys: options.signing_keys,
            source: options.source,
            clock,
        })
    }

    /// Scheme, host and port: what may be told of the address.
    fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    fn headers(&self, key: &str, now: Timestamp, body: &[u8]) -> Result<HeaderMap, InvalidHeaderValue> {
        let seconds = now.0 / 1000;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(event::CONTENT_TYPE));
        headers.insert("idempotency-key", HeaderValue::from_str(key)?);
        headers.insert("webhook-id", HeaderValue::from_str(key)?);
        headers.insert("webhook-timestamp", HeaderValue::from(seconds));
        if !self.signing_keys.is_empty() {
            let signatures = self.signing_keys.iter().map(|by| by.sign(key, seconds, body));
            let signatures = signatures.collect::<Vec<String>>().join(" ");
            let name = HeaderName::from_static("webhook-signature");
            headers.insert(name, HeaderValue::from_str(&signatures)?);
        }
        Ok(headers)
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, delivery: &Delivery) -> Result<(), SendError> {
        let body = event::body(delivery, &self.source);
        let headers = self
            .headers(&delivery.key, self.clock.now(), &body)
            .map_err(|_| SendError::never("the delivery's key cannot be an HTTP header"))?;
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        match request.send().await {
            Ok(response) => self.understand(&response),
            Err(error) => {
                let cause = root_cause(&error.without_url());
                Err(SendError::later(format!(
                    "no answer from {}: {cause}",
                    self.origin()
                )))
            }
        }
    }
}

impl Webhook {
    fn understand(&self, response: &Response) -> Result<(), SendError> {
        let status = response.status();
        let answered = || format!("{} answered {status}", self.origin());
        match status::meaning(status) {
            Meaning::Taken => Ok(()),
            Meaning::Later => Err(SendError::Later {
                reason: answered(),
                wait: wait(response),
            }),
            Meaning::Moved => Err(SendError::never(format!(
                "{}, and redirects are not followed; hint: configure the address that it points to",
                answered()
            ))),
            Meaning::Never => Err(SendError::never(answered())),
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("origin", &self.origin())
            .field("signing_keys", &self.signing_keys)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

fn wait(response: &Response) -> Option<RetryAfter> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    RetryAfter::parse(value)
}

/// The innermost cause: reqwest's own words say little more than that something failed.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
