//! Events as PagerDuty wants them.
//!
//! An event has at most 512 KB. Its text here is cut to a hundredth of that, and everything else is bounded where it is made.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::text::cut;
use super::super::wording::{Link, Place, Wording};
use super::super::{brief, news, trouble};
use crate::driver::Delivery;
use crate::engine::Row;

/// Characters of a summary that PagerDuty takes.
const SUMMARY_CHARS_MAX: usize = 1_024;

/// Characters of the whole text: a page.
const TEXT_CHARS_MAX: usize = 5_000;

/// Metrics that are told of: nobody reads more of them on a phone.
const ROWS_MAX: usize = 20;

/// Characters of a dedup key that PagerDuty takes.
const KEY_CHARS_MAX: usize = 255;

/// What tells the incident from all others, and is the same whenever it is told of again.
pub(super) fn dedup_key(delivery: &Delivery) -> String {
    let Delivery {
        namespace, rollout, ..
    } = delivery;
    let key = format!(
        "serin/{namespace}/{rollout}/{}",
        trouble::name(&delivery.notice.kind)
    );
    if key.chars().count() <= KEY_CHARS_MAX {
        return key;
    }
    let hash = Sha256::digest(key.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("serin/{hash}")
}

pub(super) fn trigger(delivery: &Delivery, wording: &Wording, routing_key: &SecretString) -> Vec<u8> {
    let mut payload = payload(delivery, wording);
    payload["severity"] = json!(news::severity(delivery.notice.urgency));
    payload["component"] = json!(delivery.name);
    payload["group"] = json!(delivery.namespace);
    payload["class"] = json!(trouble::name(&delivery.notice.kind));
    let links = wording.links(delivery);
    let mut event = json!({
        "routing_key": routing_key.expose_secret(),
        "event_action": "trigger",
        "dedup_key": dedup_key(delivery),
        "client": "Serin",
        "payload": payload,
        "links": listed(&links),
    });
    if let Some(link) = links.iter().find(|link| link.place == Place::Rollout) {
        event["client_url"] = json!(link.url);
    }
    bytes(&event)
}

pub(super) fn resolve(dedup_key: &str, routing_key: &SecretString) -> Vec<u8> {
    bytes(&json!({
        "routing_key": routing_key.expose_secret(),
        "event_action": "resolve",
        "dedup_key": dedup_key,
    }))
}

pub(super) fn change(delivery: &Delivery, wording: &Wording, routing_key: &SecretString) -> Vec<u8> {
    bytes(&json!({
        "routing_key": routing_key.expose_secret(),
        "payload": payload(delivery, wording),
        "links": listed(&wording.links(delivery)),
    }))
}

/// Links as PagerDuty shows them.
fn listed(links: &[Link]) -> Vec<Value> {
    let listed = links
        .iter()
        .map(|link| json!({"href": link.url, "text": link.place.title()}));
    listed.collect()
}

/// What both kinds of events have.
fn payload(delivery: &Delivery, wording: &Wording) -> Value {
    let summary = wording.title(delivery, |delivery| match &delivery.instead_of {
        Some(channel) => format!("{} (instead of {channel})", delivery.notice.text),
        None => delivery.notice.text.clone(),
    });
    let mut details = json!({
        "text": cut(&wording.text(delivery), TEXT_CHARS_MAX),
        "rollout": delivery.rollout,
        "kind": news::name(&delivery.notice.kind),
        "urgency": delivery.notice.urgency.name(),
        "key": delivery.key,
    });
    if let Some(cluster) = wording.cluster() {
        details["cluster"] = json!(cluster);
    }
    if let Some(briefing) = &delivery.notice.briefing {
        let rows: Vec<&Row> = briefing.table.rows.iter().take(ROWS_MAX).collect();
        details["revision"] = json!(briefing.revision);
        details["from"] = json!(briefing.from);
        details["step"] = json!(brief::step(briefing));
        details["verdict"] = json!(briefing.verdict);
        details["traffic"] = json!(cut(&briefing.traffic, TEXT_CHARS_MAX));
        details["exposure"] = json!(briefing.exposure.to_string());
        details["metrics"] = json!(rows);
        details["commands"] = json!(briefing.commands);
    }
    json!({
        "summary": cut(&summary, SUMMARY_CHARS_MAX),
        "source": format!("{}/{}", delivery.namespace, delivery.name),
        "timestamp": delivery.created_at.to_string(),
        "custom_details": details,
    })
}

fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{NoticeKind, Urgency};
    use crate::notify::sample;
    use crate::notify::wording::{Escape, Templates};

    #[test]
    fn a_key_that_is_too_long_becomes_one_that_is_not_and_stays_the_same() {
        let mut delivery = sample::of(NoticeKind::RollbackUnconfirmed, Urgency::Page);
        assert_eq!(
            dedup_key(&delivery),
            "serin/shop/checkout-1700000000000/rollback-unconfirmed"
        );
        delivery.rollout = "x".repeat(300);
        let key = dedup_key(&delivery);
        assert_eq!((key.chars().count(), &key), (6 + 64, &dedup_key(&delivery)));
        delivery.rollout.push('y');
        assert_ne!(key, dedup_key(&delivery));
    }

    #[test]
    fn the_longest_news_stays_within_pagerdutys_bounds() {
        let mut delivery = sample::of(NoticeKind::RollbackUnconfirmed, Urgency::Page);
        // What JSON writes in six bytes.
        delivery.notice.text = "\u{1}".repeat(1_000_000);
        let wording = Wording::new(&Templates::default(), Escape::None).unwrap();
        let event = trigger(&delivery, &wording, &"key".into());
        assert!(event.len() < 512_000 / 10, "{}", event.len());
        let event: Value = serde_json::from_slice(&event).unwrap();
        let summary = event["payload"]["summary"].as_str().unwrap();
        assert_eq!(summary.chars().count(), SUMMARY_CHARS_MAX);
    }
}
