//! A receiver of HTTP on a real socket, and news for it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serin::driver::{Delivery, DeliveryState};
use serin::engine::{Notice, NoticeKind, Urgency};
use serin::spec::Timestamp;
use tokio::sync::watch;

use crate::world::endpoint::{Endpoint, serve};

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver on a real socket that keeps what it is sent.
pub(super) struct Inbox {
    pub(super) endpoint: Endpoint,
    received: Arc<watch::Sender<Vec<Received>>>,
}

impl Inbox {
    /// Answers every request alike.
    pub(super) async fn answering(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Self {
        Self::asking(move |_| std::future::ready(answer.clone().into_response()).boxed()).await
    }

    /// Answers as `answer` says.
    pub(super) async fn asking(
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

    pub(super) fn url(&self) -> String {
        format!("{}/hooks/serin?team=shop", self.endpoint.address)
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// Waits until this many requests have come.
    pub(super) async fn reached_by(&self, number: usize) -> Vec<Received> {
        let mut received = self.received.subscribe();
        let reached = received.wait_for(|received| received.len() >= number);
        reached.await.unwrap().clone()
    }
}

/// News of this kind.
pub(super) fn delivery(kind: NoticeKind) -> Delivery {
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
            briefing: None,
        },
        created_at: Timestamp(1_699_999_999_123),
        attempts: 0,
        state: DeliveryState::Pending,
        last_error: None,
        receipt: None,
        instead_of: None,
    }
}
