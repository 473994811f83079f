//! Webhooks against real receivers.

mod answers;
mod message;
mod pipeline;
mod secrets;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::SecretString;
use serin::clock::SystemClock;
use serin::driver::{Delivery, DeliveryState};
use serin::engine::{Notice, NoticeKind, Urgency};
use serin::notify::{Webhook, WebhookOptions};
use serin::signature::SigningKey;
use serin::spec::Timestamp;
use tokio::sync::watch;

use super::BEGIN;
use crate::world::endpoint::{Endpoint, serve};

/// A request as it came.
#[derive(Debug, Clone)]
struct Received {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// A receiver on a real socket that keeps what it is sent.
struct Inbox {
    endpoint: Endpoint,
    received: Arc<watch::Sender<Vec<Received>>>,
}

impl Inbox {
    /// Answers every request alike.
    async fn answering(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Self {
        Self::asking(move |_| std::future::ready(answer.clone().into_response()).boxed()).await
    }

    /// Answers as `answer` says.
    async fn asking(
        answer: impl Fn(Received) -> BoxFuture<'static, Response> + Send + Sync + 'static,
    ) -> Self {
        let received = Arc::<watch::Sender<Vec<Received>>>::default();
        let (kept, answer) = (received.clone(), Arc::new(answer));
        let handle = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Received {
                method,
                uri,
                headers,
                body,
            };
            kept.send_modify(|received| received.push(request.clone()));
            answer(request).await
        };
        Self {
            endpoint: serve(Router::new().fallback(handle)).await,
            received,
        }
    }

    fn url(&self) -> String {
        format!("{}/hooks/serin?team=shop", self.endpoint.address)
    }

    fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// Waits until this many requests have come.
    async fn reached_by(&self, number: usize) -> Vec<Received> {
        let mut received = self.received.subscribe();
        let reached = received.wait_for(|received| received.len() >= number);
        reached.await.unwrap().clone()
    }
}

/// An unsigned webhook to this address.
fn webhook(url: &str) -> Webhook {
    signed(url, &[])
}

/// A webhook that signs with these keys.
fn signed(url: &str, keys: &[&str]) -> Webhook {
    let options = WebhookOptions {
        url: SecretString::from(url),
        signing_keys: keys
            .iter()
            .map(|key| SigningKey::parse(&SecretString::from(*key)).unwrap())
            .collect(),
        source: "/serin/test".into(),
    };
    Webhook::new(options, Arc::new(SystemClock::start_at(BEGIN))).unwrap()
}

/// News of this kind.
fn delivery(kind: NoticeKind) -> Delivery {
    Delivery {
        key: "checkout-1700000000000/7/0/chat".into(),
        channel: "chat".into(),
        rollout: "checkout-1700000000000".into(),
        namespace: "shop".into(),
        name: "checkout".into(),
        notice: Notice {
            kind,
            urgency: Urgency::Warning,
            text: "shop/checkout: aborted at 25 %; errors 5.10 % (baseline 0.20 %)".into(),
        },
        created_at: Timestamp(1_699_999_999_123),
        attempts: 0,
        state: DeliveryState::Pending,
        last_error: None,
    }
}
