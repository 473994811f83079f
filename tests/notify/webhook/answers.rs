//! What becomes of what a receiver answers, or does not.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use serin::notify::{Channel, ReceiverError, RetryAfter, SendError, Sent, Unusable};

use super::*;
use crate::world::endpoint;

/// What the webhook says of a receiver at this address.
async fn said(url: &str) -> Result<(), SendError> {
    let sent = webhook(url).send(&delivery(NoticeKind::Started)).await?;
    assert_eq!(sent, Sent::Taken(None));
    Ok(())
}

#[tokio::test]
async fn a_success_is_a_success_whatever_the_body() {
    for status in [StatusCode::OK, StatusCode::ACCEPTED, StatusCode::NO_CONTENT] {
        let inbox = Inbox::answering(status).await;
        assert_eq!(said(&inbox.url()).await, Ok(()));
    }
    assert_eq!(said(&endpoint::trickling().await.address).await, Ok(()));
    assert_eq!(said(&endpoint::flooding().await.address).await, Ok(()));
    assert_eq!(said(&endpoint::breaking().await.address).await, Ok(()));
}

#[tokio::test]
async fn a_refusal_is_final_and_names_the_receiver_and_the_status() {
    let inbox = Inbox::answering((StatusCode::BAD_REQUEST, "a body that nobody reads")).await;
    let address = &inbox.endpoint.address;
    let expected = SendError::never(format!("{address} answered 400 Bad Request"));
    assert_eq!(said(&inbox.url()).await, Err(expected));
}

#[tokio::test]
async fn a_wait_is_read_in_seconds_and_as_a_date() {
    for (header, expected) in [
        ("120", Some(RetryAfter::Delay(Duration::from_secs(120)))),
        (
            "Tue, 14 Nov 2023 22:14:20 GMT",
            Some(RetryAfter::At(Timestamp(1_700_000_060_000))),
        ),
        ("whenever", None),
    ] {
        for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
            let inbox = Inbox::answering((status, [(RETRY_AFTER, header)])).await;
            let expected = SendError::Later {
                reason: format!("{} answered {status}", inbox.endpoint.address),
                wait: expected,
            };
            assert_eq!(said(&inbox.url()).await, Err(expected));
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Inbox::answering(StatusCode::OK).await;
    for status in [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ] {
        let inbox = Inbox::answering((status, [(LOCATION, target.url())])).await;
        let expected = SendError::never(format!(
            "{} answered {status}, and redirects are not followed; hint: configure the address that it points to",
            inbox.endpoint.address
        ));
        assert_eq!(said(&inbox.url()).await, Err(expected));
    }
    assert!(target.received().is_empty());
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let address = serve(Router::new()).await.address.clone();
    // The server stopped with the value that went out of scope; its port is free again.
    let error = said(&address).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, SendError::Later { wait: None, .. }), "{said}");
    assert!(said.starts_with(&format!("no answer from {address}: ")), "{said}");
}

#[tokio::test]
async fn a_connection_dropped_before_the_answer_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let dropping = tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            socket.readable().await.unwrap();
            drop(socket);
        }
    });
    let error = said(&address).await.unwrap_err();
    assert!(matches!(error, SendError::Later { .. }), "{error}");
    dropping.abort();
}

#[tokio::test]
async fn a_receiver_that_does_not_speak_tls_is_tried_again() {
    let inbox = Inbox::answering(StatusCode::OK).await;
    let address = inbox.endpoint.address.replace("http://", "https://");
    let error = said(&address).await.unwrap_err();
    assert!(matches!(error, SendError::Later { .. }), "{error}");
    assert!(inbox.received().is_empty());
}

#[tokio::test]
async fn headers_without_an_end_are_an_error_and_no_memory() {
    let long = "x".repeat(1024 * 1024);
    let inbox = Inbox::answering((StatusCode::OK, [("x-long", long)])).await;
    let error = said(&inbox.url()).await.unwrap_err();
    assert!(matches!(error, SendError::Later { .. }), "{error}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    for (address, found) in [
        ("hooks.example.com/serin", "relative URL without a base"),
        ("https://", "empty host"),
        ("ftp://hooks.example.com", "another scheme"),
    ] {
        let options = WebhookOptions {
            url: address.into(),
            signing_keys: Vec::new(),
            source: "/serin".into(),
            templates: Templates::default(),
        };
        let error = Webhook::new(options, Arc::new(SystemClock::start_at(BEGIN))).unwrap_err();
        assert_eq!(error, Unusable::Receiver(ReceiverError::Address(found.into())));
    }
}
