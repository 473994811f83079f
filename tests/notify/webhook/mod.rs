//! Webhooks against real receivers.

mod answers;
mod message;
mod pipeline;
mod secrets;
mod tls;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::response::IntoResponse;
use futures::FutureExt;
use secrecy::SecretString;
use serin::clock::SystemClock;
use serin::driver::{Delivery, DeliveryState};
use serin::engine::NoticeKind;
use serin::notify::{Templates, Webhook, WebhookOptions};
use serin::signature::SigningKey;
use serin::spec::Timestamp;

use super::BEGIN;
use super::inbox::{Inbox, Received, delivery};
use crate::world::endpoint::serve;

/// An unsigned webhook to this address.
fn webhook(url: &str) -> Webhook {
    signed(url, &[])
}

/// A webhook that signs with these keys.
fn signed(url: &str, keys: &[&str]) -> Webhook {
    let options = WebhookOptions {
        url: url.into(),
        signing_keys: keys
            .iter()
            .map(|key| SigningKey::parse(&SecretString::from(*key)).unwrap())
            .collect(),
        source: "/serin/test".into(),
        templates: Templates::default(),
    };
    Webhook::new(options, Arc::new(SystemClock::start_at(BEGIN))).unwrap()
}
