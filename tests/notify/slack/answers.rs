//! What becomes of what Slack answers, or does not.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use serde_json::json;
use serin::engine::NoticeKind;
use serin::notify::{Channel, RetryAfter, SendError};

use super::super::inbox::{Inbox, delivery};
use super::*;
use crate::world::endpoint;

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

/// What a bot says of a Slack at this address.
async fn refused(api: &str) -> SendError {
    new_bot(api)
        .send(&delivery(NoticeKind::Started))
        .await
        .unwrap_err()
}

async fn answered(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> SendError {
    let inbox = Inbox::answering(answer).await;
    let error = refused(&inbox.endpoint.address).await;
    let said = error.to_string();
    assert!(
        said.contains(&inbox.endpoint.address) && !said.contains(TOKEN),
        "{said}"
    );
    error
}

#[tokio::test]
async fn an_ok_of_false_is_read_for_what_it_is() {
    for (error, is_final) in [
        ("invalid_auth", true),
        ("channel_not_found", true),
        ("is_archived", true),
        ("missing_scope", true),
        ("ratelimited", false),
        ("internal_error", false),
        ("service_unavailable", false),
        ("an_error_of_tomorrow", false),
    ] {
        let refused = answered(Json(json!({"ok": false, "error": error}))).await;
        assert_eq!(refused.is_final(), is_final, "{refused}");
        assert!(refused.to_string().contains(error));
    }
}

#[tokio::test]
async fn a_status_is_read_as_everywhere() {
    for (status, is_final) in [
        (StatusCode::BAD_REQUEST, true),
        (StatusCode::FORBIDDEN, true),
        (StatusCode::NOT_FOUND, true),
        (StatusCode::GONE, true),
        (StatusCode::FOUND, true),
        (StatusCode::REQUEST_TIMEOUT, false),
        (StatusCode::TOO_MANY_REQUESTS, false),
        (StatusCode::INTERNAL_SERVER_ERROR, false),
        (StatusCode::SERVICE_UNAVAILABLE, false),
    ] {
        let refused = answered(status).await;
        assert_eq!(refused.is_final(), is_final, "{refused}");
    }
}

#[tokio::test]
async fn too_many_requests_say_how_long_to_wait() {
    let refused = answered((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "30")])).await;
    assert_eq!(refused.wait(), Some(RetryAfter::Delay(Duration::from_secs(30))));
}

#[tokio::test]
async fn an_answer_that_is_none_of_slacks_is_tried_again() {
    for answer in ["", "ok", "{\"ok\": true}", "<html>a captive portal</html>"] {
        assert!(!answered(answer).await.is_final(), "{answer}");
    }
    assert!(!answered("x".repeat(1024 * 1024)).await.is_final());
    let breaking = endpoint::breaking().await;
    for address in [breaking.address.as_str(), NOBODY] {
        assert!(!refused(address).await.is_final(), "{address}");
    }
}

#[tokio::test]
async fn the_address_of_a_webhook_is_told_without_its_secret_path() {
    let inbox = Inbox::answering(StatusCode::NOT_FOUND).await;
    let url = format!("{}/services/T0/B0/hunter2", inbox.endpoint.address);
    let slack = Slack::new(
        SlackWay::Webhook(url.as_str().into()),
        &Templates::default(),
        Arc::new(MemoryJournal::default()),
    )
    .unwrap();
    let error = slack
        .send(&delivery(NoticeKind::Started))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!("{} answered 404 Not Found", inbox.endpoint.address)
    );
    assert!(!format!("{slack:?}{:?}", new_bot(&url)).contains("hunter2"));
}
