//! What a hook is told.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serin::driver::ports::{HookRequest, Hooks};
use serin::engine::FlaggerPhase;

use super::*;

#[tokio::test]
async fn the_payload_is_flaggers_to_the_byte() {
    let gate = Gate::always(StatusCode::OK).await;
    call_gate(
        &gate,
        "metadata: {type: bash, cmd: 'curl -s \"http://checkout/?a&b\" >/dev/null'}",
    )
    .await;
    let (headers, body) = gate.received().remove(0);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["idempotency-key"], "checkout-1/pre-rollout/0/1");
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"name":"shop","namespace":"default","phase":"Progressing","checksum":"697d66d957","metadata":{"cmd":"curl -s \"http://checkout/?a\u0026b\" \u003e/dev/null","type":"bash"}}"#
    );
}

#[tokio::test]
async fn without_metadata_there_is_none() {
    let gate = Gate::always(StatusCode::OK).await;
    call_gate(&gate, "").await;
    let (_, body) = gate.received().remove(0);
    assert!(!std::str::from_utf8(&body).unwrap().contains("metadata"));
}

#[tokio::test]
async fn news_takes_the_place_of_metadata_of_its_name() {
    let gate = Gate::always(StatusCode::OK).await;
    let address = &gate.endpoint.address;
    let hook = hook_with(address, "metadata: {eventMessage: mine, team: orders}");
    let canary = canary("");
    let request = HookRequest {
        canary: &canary,
        hook: &hook,
        key: "checkout-1/7/0",
        phase: FlaggerPhase::Succeeded,
        checksum: "697d66d957",
        news: BTreeMap::from([
            ("eventMessage", "promoted".to_owned()),
            ("eventType", "Normal".to_owned()),
        ]),
    };
    caller_to(address).call(&request).await;
    let (_, body) = gate.received().remove(0);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body["metadata"],
        serde_json::json!({"eventMessage": "promoted", "eventType": "Normal", "team": "orders"})
    );
    assert_eq!(body["phase"], "Succeeded");
}
