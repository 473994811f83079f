//! PagerDuty: Events API v2 (developer.pagerduty.com, *Send an alert event*, *Send a change event*).
//!
//! What is urgent opens an incident, and what is not becomes a change event, which calls nobody. An incident is one for each thing
//! that lasts: its key is made of the rollout and the thing, so that whoever is called for a rollback that is not confirmed is called
//! although somebody has the drift before it in hand. The delivery that opened it resolves it, once later news says that it is over.

mod event;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;

use super::channel::{Channel, SendError, Sent, Unusable};
use super::receiver::{Receiver, ReceiverAddress};
use super::trouble;
use super::wording::{Escape, Templates, Wording};
use crate::driver::ports::Clock;
use crate::driver::{Delivery, DeliveryState, Outbox};
use crate::engine::Urgency;

/// Where events go; accounts in Europe have `https://events.eu.pagerduty.com`.
pub const API_DEFAULT: &str = "https://events.pagerduty.com";

/// Pause before it is looked whether what lasts is over. A look is a query of the outbox, and no request.
const LOOK_PAUSE: Duration = Duration::from_secs(15);

/// What PagerDuty needs to be told.
#[derive(Debug)]
pub struct PagerDutyOptions {
    /// Where events go; [`API_DEFAULT`] but for some.
    pub api: ReceiverAddress,
    /// The key of an integration of the type Events API v2.
    pub routing_key: SecretString,
    /// The user's words.
    pub templates: Templates,
}

/// Opens and resolves incidents, and tells of changes.
pub struct PagerDuty {
    alerts: Receiver,
    changes: Receiver,
    routing_key: SecretString,
    wording: Wording,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
}

impl PagerDuty {
    /// Tells PagerDuty, and looks into `outbox` for whether what it told is over.
    ///
    /// # Errors
    /// Where the address is none, or a template cannot be used.
    pub fn new(
        options: PagerDutyOptions,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Unusable> {
        let api = Receiver::new(&options.api)?;
        Ok(Self {
            alerts: api.below("v2/enqueue"),
            changes: api.below("v2/change/enqueue"),
            routing_key: options.routing_key,
            wording: Wording::new(&options.templates, Escape::None)?,
            outbox,
            clock,
        })
    }

    async fn post(&self, receiver: &Receiver, event: Vec<u8>) -> Result<(), SendError> {
        let json = HeaderValue::from_static("application/json");
        let headers: HeaderMap = [(CONTENT_TYPE, json)].into_iter().collect();
        let response = receiver.post(headers, event).await.map_err(hinted)?;
        match response.status() {
            StatusCode::ACCEPTED => Ok(()),
            // Something that is not PagerDuty, and says yes to everything.
            other => Err(SendError::later(format!(
                "{} answered {other} where 202 Accepted says that an event was taken",
                receiver.origin()
            ))),
        }
    }
}

#[async_trait]
impl Channel for PagerDuty {
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        let notice = &delivery.notice;
        if notice.urgency == Urgency::Info {
            let change = event::change(delivery, &self.wording, &self.routing_key);
            self.post(&self.changes, change).await?;
            return Ok(Sent::Taken(None));
        }
        let (key, is_told) = (
            event::dedup_key(delivery),
            delivery.state == DeliveryState::Lasting,
        );
        let trigger = || event::trigger(delivery, &self.wording, &self.routing_key);
        if !trouble::lasts(&notice.kind) {
            self.post(&self.alerts, trigger()).await?;
            return Ok(Sent::Taken(Some(key)));
        }
        let over = trouble::over(self.outbox.as_ref(), delivery, self.clock.now()).await?;
        match (over, is_told) {
            (None, true) => {}
            (None, false) => self.post(&self.alerts, trigger()).await?,
            // Also where nobody was called, as far as the outbox knows: the word that somebody was may have been lost.
            (Some(_), _) => {
                self.post(&self.alerts, event::resolve(&key, &self.routing_key))
                    .await?
            }
        }
        Ok(match (over, is_told) {
            (None, _) => Sent::Lasts {
                again_in: LOOK_PAUSE,
                receipt: Some(key),
            },
            (Some(_), true) => Sent::Taken(Some(key)),
            (Some(_), false) => Sent::Needless,
        })
    }
}

impl fmt::Debug for PagerDuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerDuty")
            .field("origin", &self.alerts.origin())
            .finish_non_exhaustive()
    }
}

/// A refusal is the routing key's fault nearly always.
fn hinted(error: SendError) -> SendError {
    match error {
        SendError::Never { reason } => SendError::never(format!(
            "{reason}; hint: is the routing key that of an integration of the type `Events API v2`?"
        )),
        later @ SendError::Later { .. } => later,
    }
}
