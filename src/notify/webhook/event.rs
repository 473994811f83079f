//! A delivery as a CloudEvent: version 1.0 of the specification, JSON, structured mode.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::brief;
use super::super::wording::Wording;
use crate::driver::Delivery;
use crate::engine::{NoticeKind, Outcome, Urgency};

/// Of a body in structured mode.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";

#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: String,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    data: Data<'a>,
}

/// What is told. Of `weight`, `hold` and `outcome` there is the one that the kind has.
#[derive(Serialize)]
struct Data<'a> {
    rollout: &'a str,
    canary: Canary<'a>,
    kind: &'static str,
    urgency: Urgency,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    briefing: Option<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    links: Map<String, Value>,
}

#[derive(Serialize)]
struct Canary<'a> {
    namespace: &'a str,
    name: &'a str,
}

/// The body, the same bytes for the same delivery: nothing of an attempt is in it.
pub(super) fn body(delivery: &Delivery, source: &str, wording: &Wording) -> Vec<u8> {
    let notice = &delivery.notice;
    let kind = notice.kind.name();
    let (mut weight, mut hold, mut outcome) = (None, None, None);
    match &notice.kind {
        NoticeKind::Stepped { weight: reached } => weight = Some(*reached),
        NoticeKind::Holding(held) => hold = Some(json!(held)),
        NoticeKind::HoldOver(reason) => hold = Some(json!({"reason": reason})),
        NoticeKind::Ended(ended) => outcome = Some(*ended),
        NoticeKind::Started
        | NoticeKind::Baking
        | NoticeKind::RollbackUnconfirmed
        | NoticeKind::RollbackConfirmed
        | NoticeKind::StableNotRestored
        | NoticeKind::StableRestored
        | NoticeKind::RolledBack
        | NoticeKind::Test => {}
    }
    let event = Event {
        specversion: "1.0",
        id: &delivery.key,
        source,
        r#type: format!("dev.serin.rollout.{kind}"),
        subject: format!("{}/{}", delivery.namespace, delivery.name),
        time: delivery.created_at.to_string(),
        datacontenttype: "application/json",
        data: Data {
            rollout: &delivery.rollout,
            canary: Canary {
                namespace: &delivery.namespace,
                name: &delivery.name,
            },
            kind,
            urgency: notice.urgency,
            text: &notice.text,
            weight,
            hold,
            outcome,
            cluster: wording.cluster(),
            briefing: notice.briefing.as_deref().map(brief::data),
            links: brief::addresses(&wording.links(delivery)),
        },
    };
    serde_json::to_vec(&event).expect("structs of text and numbers have a JSON form: their types say so")
}
