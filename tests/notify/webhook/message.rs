//! What is sent.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use serin::engine::{Hold, HoldReason, Outcome};
use serin::notify::Channel;
use sha2::{Digest, Sha256};

use super::*;

/// HMAC-SHA256 as RFC 2104 writes it down, for a key of at most a block.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ pad)
            .collect()
    };
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

/// What a receiver gets.
async fn sent(webhook: impl FnOnce(&str) -> Webhook, delivery: &Delivery) -> Received {
    let inbox = Inbox::answering(StatusCode::NO_CONTENT).await;
    webhook(&inbox.url()).send(delivery).await.unwrap();
    inbox.received().remove(0)
}

#[tokio::test]
async fn posts_a_cloud_event() {
    let delivery = delivery(NoticeKind::Ended(Outcome::Aborted));
    let request = sent(webhook, &delivery).await;
    assert_eq!(request.method, Method::POST);
    assert_eq!(request.uri, "/hooks/serin?team=shop");
    assert_eq!(request.header("content-type"), "application/cloudevents+json");
    assert_eq!(
        serde_json::from_slice::<Value>(&request.body).unwrap(),
        json!({
            "specversion": "1.0",
            "id": "checkout-1700000000000/7/0/chat",
            "source": "/serin/test",
            "type": "dev.serin.rollout.ended",
            "subject": "shop/checkout",
            "time": "2023-11-14T22:13:19.123Z",
            "datacontenttype": "application/json",
            "data": {
                "rollout": "checkout-1700000000000",
                "canary": {"namespace": "shop", "name": "checkout"},
                "kind": "ended",
                "urgency": "warning",
                "text": "shop/checkout: aborted at 25 %; errors 5.10 % (baseline 0.20 %)",
                "outcome": "aborted",
            },
        })
    );
}

#[tokio::test]
async fn each_kind_has_a_type_and_fields_of_its_own() {
    let hold: Hold =
        serde_json::from_value(json!({"reason": "drift", "detail": "somebody set 40 %"})).unwrap();
    assert_eq!(hold.reason, HoldReason::Drift);
    for (kind, name, field) in [
        (NoticeKind::Started, "started", json!({})),
        (
            NoticeKind::Stepped { weight: 25 },
            "stepped",
            json!({"weight": 25}),
        ),
        (
            NoticeKind::Holding(hold),
            "holding",
            json!({"hold": {"reason": "drift", "detail": "somebody set 40 %"}}),
        ),
        (
            NoticeKind::HoldOver(HoldReason::NoData),
            "hold-over",
            json!({"hold": {"reason": "no-data"}}),
        ),
        (NoticeKind::Baking, "baking", json!({})),
        (
            NoticeKind::Ended(Outcome::Promoted),
            "ended",
            json!({"outcome": "promoted"}),
        ),
        (NoticeKind::RollbackUnconfirmed, "rollback-unconfirmed", json!({})),
        (NoticeKind::RollbackConfirmed, "rollback-confirmed", json!({})),
        (NoticeKind::RolledBack, "rolled-back", json!({})),
        (NoticeKind::StableNotRestored, "stable-not-restored", json!({})),
        (NoticeKind::StableRestored, "stable-restored", json!({})),
        (NoticeKind::Test, "test", json!({})),
    ] {
        let request = sent(webhook, &delivery(kind)).await;
        let mut event: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(event["type"], format!("dev.serin.rollout.{name}"));
        let data = event["data"].as_object_mut().unwrap();
        assert_eq!(data["kind"], name);
        for common in ["rollout", "canary", "kind", "urgency", "text"] {
            assert!(data.remove(common).is_some(), "{name} has no {common}");
        }
        assert_eq!(event["data"], field);
    }
}

#[tokio::test]
async fn carries_the_key_and_the_time_of_the_attempt() {
    let request = sent(webhook, &delivery(NoticeKind::Started)).await;
    assert_eq!(
        request.header("idempotency-key"),
        "checkout-1700000000000/7/0/chat"
    );
    assert_eq!(request.header("webhook-id"), "checkout-1700000000000/7/0/chat");
    assert_eq!(request.header("webhook-timestamp"), "1700000000");
    assert!(!request.headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn signs_id_time_and_the_raw_body_with_each_key() {
    let keys = [
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "fedcba9876543210fedcba98",
    ];
    let request = sent(|url| signed(url, &keys), &delivery(NoticeKind::Started)).await;
    let mut message = format!(
        "{}.{}.",
        request.header("webhook-id"),
        request.header("webhook-timestamp")
    )
    .into_bytes();
    message.extend_from_slice(&request.body);
    let expected = [
        &b"0123456789abcdef0123456789abcdef"[..],
        b"fedcba9876543210fedcba98",
    ]
    .map(|key| format!("v1,{}", STANDARD.encode(hmac_sha256(key, &message))));
    assert_eq!(request.header("webhook-signature"), expected.join(" "));
}

#[tokio::test]
async fn a_second_attempt_has_the_same_body() {
    let first = delivery(NoticeKind::Baking);
    let second = Delivery {
        attempts: 3,
        last_error: Some("connection refused".into()),
        ..first.clone()
    };
    assert_eq!(
        sent(webhook, &first).await.body,
        sent(webhook, &second).await.body
    );
}
