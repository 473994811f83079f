//! A generic webhook: a signed CloudEvent by POST.
//!
//! The body is the same at every attempt, byte for byte. The delivery's key is the event's `id`, `webhook-id` and `Idempotency-Key`,
//! so that a receiver can tell a repetition by whichever it knows. Of the answer only the status and `Retry-After` are read, never the
//! body.

mod event;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};

use super::channel::{Channel, SendError, Sent, Unusable};
use super::receiver::{Receiver, ReceiverAddress};
use super::wording::{Escape, Templates, Wording};
use crate::driver::Delivery;
use crate::driver::ports::Clock;
use crate::signature::SigningKey;
use crate::spec::Timestamp;

/// The event's `source` where the configuration names none.
pub const SOURCE_DEFAULT: &str = "/serin";

/// What a webhook needs to be told.
#[derive(Debug)]
pub struct WebhookOptions {
    /// Where to post.
    pub url: ReceiverAddress,
    /// The keys to sign with: a signature for each, so that a receiver can change from one to the next. Without any
    /// there is no signature.
    pub signing_keys: Vec<SigningKey>,
    /// The event's `source`: a URI reference that tells this Serin from another; [`SOURCE_DEFAULT`] where there is one.
    pub source: String,
    /// The user's words, as far as a webhook has any: the cluster and the links.
    pub templates: Templates,
}

/// Posts each delivery as a CloudEvent.
pub struct Webhook {
    receiver: Receiver,
    signing_keys: Vec<SigningKey>,
    source: String,
    wording: Wording,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// A webhook that posts to `options.url`, and tells the receiver the time of each attempt by `clock`.
    ///
    /// # Errors
    /// Where the address is none, the system has no certificates to check a receiver's by, or a template cannot be used.
    pub fn new(options: WebhookOptions, clock: Arc<dyn Clock>) -> Result<Self, Unusable> {
        Ok(Self {
            receiver: Receiver::new(&options.url)?,
            signing_keys: options.signing_keys,
            source: options.source,
            wording: Wording::new(&options.templates, Escape::None)?,
            clock,
        })
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
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        let body = event::body(delivery, &self.source, &self.wording);
        let headers = self
            .headers(&delivery.key, self.clock.now(), &body)
            .map_err(|_| SendError::never("the delivery's key cannot be an HTTP header"))?;
        self.receiver.post(headers, body).await?;
        Ok(Sent::Taken(None))
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("origin", &self.receiver.origin())
            .field("signing_keys", &self.signing_keys)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
