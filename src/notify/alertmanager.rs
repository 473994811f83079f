//! Alertmanager: alerts by its API v2 (`POST /api/v2/alerts`; its `api/v2/openapi.yaml`).
//!
//! Alertmanager keeps alerts in memory, so each is sent again, to every member, while it lasts; and it is sent with an end in the
//! near future, so that it ends by itself should Serin be gone. An alert is what its labels are: they name the thing, and what
//! changes stands in the annotations. What does not last by its nature, such as an abort, is shown for [`SHOWN`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::channel::{Channel, SendError, Sent, Unusable};
use super::receiver::{Receiver, ReceiverAddress, ReceiverError, bearer};
use super::text::cut;
use super::wording::{Escape, Templates, Wording};
use super::{news, trouble};
use crate::driver::ports::Clock;
use crate::driver::{Delivery, Outbox};
use crate::engine::NoticeKind;
use crate::engine::words::pascal;
use crate::spec::Timestamp;

/// Pause before an alert is sent again, as Prometheus has it (`--rules.alert.resend-delay`).
const RESEND_PAUSE: Duration = Duration::from_secs(60);

/// An alert that is not sent again ends after so long: four attempts, as Prometheus has it.
const ENDS_AFTER: Duration = Duration::from_secs(4 * RESEND_PAUSE.as_secs());

/// How long news is shown that nothing ends: enough for every group interval, and for somebody to come back from lunch.
const SHOWN: Duration = Duration::from_secs(60 * 60);

/// Characters of an annotation.
const ANNOTATION_CHARS_MAX: usize = 5_000;

/// What an Alertmanager needs to be told.
#[derive(Debug)]
pub struct AlertmanagerOptions {
    /// The address of each member, `http` or `https`, without the path of the API.
    pub members: Vec<ReceiverAddress>,
    /// A bearer token, where something in front of it asks for one.
    pub token: Option<SecretString>,
    /// Time for a request to one member: one that hangs keeps nothing from the others.
    pub timeout: Duration,
    /// The user's words.
    pub templates: Templates,
}

/// Shows alerts while they last.
pub struct Alertmanager {
    members: Vec<Receiver>,
    headers: HeaderMap,
    timeout: Duration,
    wording: Wording,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
}

impl Alertmanager {
    /// Tells every member, and looks into `outbox` for whether what was told is over.
    ///
    /// # Errors
    /// Where an address or the token is none, or a template cannot be used.
    pub fn new(
        options: AlertmanagerOptions,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Unusable> {
        let members = options
            .members
            .iter()
            .map(|member| Receiver::new(member).map(|receiver| receiver.below("api/v2/alerts")));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = &options.token {
            headers.extend([bearer(token)?]);
        }
        Ok(Self {
            members: members.collect::<Result<_, ReceiverError>>()?,
            headers,
            timeout: options.timeout,
            wording: Wording::new(&options.templates, Escape::None)?,
            outbox,
            clock,
        })
    }

    /// Since when the alert is over, if it is.
    async fn over(&self, delivery: &Delivery, now: Timestamp) -> Result<Option<Timestamp>, SendError> {
        let kind = &delivery.notice.kind;
        if trouble::lasts(kind) {
            return trouble::over(self.outbox.as_ref(), delivery, now).await;
        }
        let end = delivery.created_at + SHOWN;
        Ok((now >= end).then_some(end))
    }

    fn alert(&self, delivery: &Delivery, ends_at: Timestamp) -> Value {
        let notice = &delivery.notice;
        let mut labels = json!({
            "alertname": format!("Serin{}", pascal(news::name(&notice.kind))),
            "severity": news::severity(notice.urgency),
            "namespace": delivery.namespace,
            "canary": delivery.name,
            "rollout": delivery.rollout,
        });
        if let NoticeKind::Holding(hold) = &notice.kind {
            labels["reason"] = json!(hold.reason.name());
        }
        let mut annotations = json!({
            "summary": cut(&self.wording.title(delivery, news::title), ANNOTATION_CHARS_MAX),
            "description": cut(&self.wording.text(delivery), ANNOTATION_CHARS_MAX),
        });
        if let Some(channel) = &delivery.instead_of {
            annotations["instead_of"] = json!(channel);
        }
        if let Some(cluster) = self.wording.cluster() {
            labels["cluster"] = json!(cluster);
        }
        if let Some(briefing) = &delivery.notice.briefing {
            for (name, text) in [
                ("revision", briefing.revision.clone()),
                ("traffic", briefing.traffic.clone()),
                ("exposure", briefing.exposure.to_string()),
                ("metrics", briefing.table.to_string()),
                ("commands", briefing.commands.join("\n")),
            ] {
                annotations[name] = json!(cut(&text, ANNOTATION_CHARS_MAX));
            }
        }
        if let Some(from) = delivery
            .notice
            .briefing
            .as_ref()
            .and_then(|briefing| briefing.from.as_ref())
        {
            annotations["from"] = json!(cut(from, ANNOTATION_CHARS_MAX));
        }
        let links = self.wording.links(delivery);
        for link in &links {
            annotations[format!("{}_url", link.place.name())] = json!(link.url);
        }
        let mut alert = json!({
            "labels": labels,
            "annotations": annotations,
            "startsAt": delivery.created_at.to_string(),
            "endsAt": ends_at.to_string(),
        });
        // Where the alert is from, which Alertmanager shows as its source.
        if let Some(link) = links.first() {
            alert["generatorURL"] = json!(link.url);
        }
        json!([alert])
    }

    /// Gives the alert to every member; one that takes it is enough, since whoever did not gets it the next time.
    async fn post(&self, alert: &Value, delivery: &Delivery) -> Result<(), SendError> {
        let body = alert.to_string().into_bytes();
        let posts = self.members.iter().map(|member| async {
            let post = member.post(self.headers.clone(), body.clone());
            timeout(self.timeout, post).await.unwrap_or_else(|_| {
                let bound = humantime::format_duration(self.timeout);
                Err(SendError::later(format!(
                    "no answer from {} within {bound}",
                    member.origin()
                )))
            })
        });
        let failed: Vec<SendError> = join_all(posts)
            .await
            .into_iter()
            .filter_map(Result::err)
            .collect();
        if failed.len() < self.members.len() {
            for error in failed {
                tracing::warn!(
                    notice.channel = delivery.channel,
                    notice.key = delivery.key,
                    "{}: a member did not take {}: {error}",
                    delivery.channel,
                    delivery.key
                );
            }
            return Ok(());
        }
        Err(all(failed))
    }
}

#[async_trait]
impl Channel for Alertmanager {
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        let now = self.clock.now();
        if delivery.notice.kind == NoticeKind::Test {
            // Receivers behind it are told once a group has waited, and not of what is over by then: it ends by itself.
            self.post(&self.alert(delivery, now + ENDS_AFTER), delivery)
                .await?;
            return Ok(Sent::Taken(None));
        }
        let over = self.over(delivery, now).await?;
        let alert = self.alert(delivery, over.unwrap_or(now + ENDS_AFTER));
        self.post(&alert, delivery).await?;
        Ok(match over {
            None => Sent::Lasts {
                again_in: RESEND_PAUSE,
                receipt: None,
            },
            Some(_) => Sent::Taken(None),
        })
    }
}

impl fmt::Debug for Alertmanager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alertmanager")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

/// What all members said, as one: worth another attempt where it is with one of them.
fn all(failed: Vec<SendError>) -> SendError {
    let reasons: Vec<String> = failed.iter().map(ToString::to_string).collect();
    let reason = reasons.join("; ");
    let is_final = failed.iter().all(SendError::is_final);
    if is_final {
        return SendError::never(reason);
    }
    SendError::Later {
        reason,
        wait: failed.iter().find_map(SendError::wait),
    }
}
