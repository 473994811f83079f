//! Hooks at the edge: what is sent, what passes, and where nothing goes.

mod addresses;
mod answers;
mod payload;
mod tls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serin::driver::ports::{HookReply, HookRequest, Hooks};
use serin::engine::{FlaggerPhase, HookOutcome};
use serin::hook::HookCaller;
use serin::spec::{AllowList, Hook};
use url::Url;

use crate::world::canary::canary;
use crate::world::endpoint::{Endpoint, serve};

/// A gate on a real socket that keeps what it is sent.
struct Gate {
    endpoint: Endpoint,
    received: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Gate {
    /// Answers each request as `answer` says, which is told how many there were before it.
    async fn answering(answer: impl Fn(usize) -> Response + Clone + Send + Sync + 'static) -> Self {
        let received = Arc::<Mutex<Vec<(HeaderMap, Bytes)>>>::default();
        let kept = received.clone();
        let handle = async move |headers: HeaderMap, body: Bytes| {
            let before = {
                let mut kept = kept.lock().unwrap();
                kept.push((headers, body));
                kept.len() - 1
            };
            answer(before)
        };
        Self {
            endpoint: serve(Router::new().fallback(handle)).await,
            received,
        }
    }

    async fn always(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Self {
        Self::answering(move |_| answer.clone().into_response()).await
    }

    fn received(&self) -> Vec<(HeaderMap, Bytes)> {
        self.received.lock().unwrap().clone()
    }

    fn calls(&self) -> usize {
        self.received().len()
    }
}

/// A hook that goes to `url`, with these fields beside.
pub(crate) fn hook_with(url: &str, fields: &str) -> Hook {
    let fields = format!("hooks: [{{name: smoke, type: pre-rollout, url: '{url}', {fields}}}]");
    canary(&fields).hooks.remove(0)
}

pub(crate) fn listing(entries: &[&str]) -> AllowList {
    AllowList::new(entries.iter().map(|entry| Url::parse(entry).unwrap()))
}

/// A caller that may go to the server at this address.
fn caller_to(address: &str) -> HookCaller {
    HookCaller::new(listing(&[address]))
}

pub(crate) async fn call(caller: &HookCaller, hook: &Hook) -> HookReply {
    let canary = canary("");
    let request = HookRequest {
        canary: &canary,
        hook,
        key: "checkout-1/pre-rollout/0/1",
        phase: FlaggerPhase::Progressing,
        checksum: "697d66d957",
        news: BTreeMap::new(),
    };
    caller.call(&request).await
}

/// What a gate is answered by a hook with these fields that may go there.
async fn call_gate(gate: &Gate, fields: &str) -> HookReply {
    let address = &gate.endpoint.address;
    call(&caller_to(address), &hook_with(address, fields)).await
}

pub(crate) fn reply(outcome: HookOutcome, detail: &str) -> HookReply {
    HookReply {
        outcome,
        detail: detail.to_owned(),
    }
}

const SECOND: Duration = Duration::from_secs(1);
