//! `Idempotency-Key`: the same key with the same request gets the same answer, and is carried out once.
//!
//! Keys are remembered by this process, the newest [`KEYS_MAX`] of them. What failed for now (a status of 500 and above) is not
//! remembered: tried again, it is carried out. A request with a key is carried out even if its client goes away, so that
//! the client's next try finds the answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tracing::Instrument;

use super::access::Caller;
use super::counters::Counters;
use super::error::ApiError;

/// The header of the key.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is one that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Keys remembered: an hour of a command every four seconds, in some twenty megabytes of answers.
const KEYS_MAX: usize = 1000;

/// Longest key: a UUID with something before it, and room.
const KEY_BYTES_MAX: usize = 255;

/// The answers by key.
#[derive(Clone)]
pub(super) struct Keys {
    table: Arc<Mutex<Table>>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Table {
    slots: HashMap<String, Slot>,
    /// The keys, oldest first.
    order: VecDeque<String>,
}

/// What is known of one key.
#[derive(Clone)]
struct Slot {
    request: Fingerprint,
    answer: watch::Receiver<Option<Answer>>,
}

/// A digest of method, path, query and body.
type Fingerprint = [u8; 32];

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Whether a key is new.
enum Found {
    New(watch::Sender<Option<Answer>>, watch::Receiver<Option<Answer>>),
    Known(watch::Receiver<Option<Answer>>),
    Reused,
}

impl Keys {
    pub(super) fn new(counters: &Arc<Counters>) -> Self {
        Self {
            table: Arc::default(),
            counters: Arc::clone(counters),
        }
    }

    fn look_up(&self, key: &str, request: Fingerprint) -> Found {
        let mut table = self.table();
        match table.slots.get(key) {
            Some(slot) if slot.request != request => return Found::Reused,
            Some(slot) => return Found::Known(slot.answer.clone()),
            None => {}
        }
        if table.order.len() >= KEYS_MAX
            && let Some(oldest) = table.order.pop_front()
        {
            table.slots.remove(&oldest);
            self.counters.idempotency_keys.add();
        }
        let (sender, answer) = watch::channel(None);
        let slot = Slot {
            request,
            answer: answer.clone(),
        };
        table.slots.insert(key.to_owned(), slot);
        table.order.push_back(key.to_owned());
        Found::New(sender, answer)
    }

    fn forget(&self, key: &str) {
        let mut table = self.table();
        table.slots.remove(key);
        table.order.retain(|known| known != key);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a request with a key out once. Its body has been read already, and is short.
pub(super) async fn once(State(keys): State<Keys>, request: Request, next: Next) -> Response {
    let key = match key(request.headers()) {
        Ok(Some(key)) => of_caller(&key, &request),
        Ok(None) => return next.run(request).await,
        Err(error) => return error.into_response(),
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return ApiError::Defect.into_response();
    };
    let mut digest = Sha256::new();
    for part in [
        parts.method.as_str().as_bytes(),
        b" ",
        parts.uri.to_string().as_bytes(),
        b" ",
        &body,
    ] {
        digest.update(part);
    }
    match keys.look_up(&key, digest.finalize().into()) {
        Found::Reused => ApiError::KeyReused.into_response(),
        Found::Known(answer) => {
            let mut response = wait(answer).await;
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
            response
        }
        Found::New(sender, answer) => {
            let request = Request::from_parts(parts, Body::from(body));
            let carrying_out = async move {
                let given = given(next.run(request).await).await;
                if given.status.is_server_error() {
                    keys.forget(&key);
                }
                // The client may have gone away.
                let _ = sender.send(Some(given));
            };
            tokio::spawn(carrying_out.in_current_span());
            wait(answer).await
        }
    }
}

/// The key with whose it is: nobody gets an answer that was another one's, or uses up a key of theirs.
fn of_caller(key: &str, request: &Request) -> String {
    let caller = request.extensions().get::<Caller>();
    let identity = caller.and_then(|caller| caller.identity.as_ref());
    // No key has a space in it.
    format!("{key} {}", identity.map_or("", |identity| &identity.name))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let text = key.to_str().unwrap_or_default();
    let is_fine =
        (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_fine && keys.next().is_none() {
        Ok(Some(text.to_owned()))
    } else {
        Err(ApiError::Field {
            field: "Idempotency-Key".to_owned(),
            expected: format!("one key of 1 to {KEY_BYTES_MAX} visible ASCII characters"),
            found: "another, or several".to_owned(),
            hint: Some("a UUID is a good key".to_owned()),
        })
    }
}

async fn given(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap_or_default(),
    }
}

async fn wait(mut answer: watch::Receiver<Option<Answer>>) -> Response {
    match answer.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(Answer {
            status,
            headers,
            body,
        })) => (*status, headers.clone(), body.clone()).into_response(),
        // It was given up: by a panic, or because the process ends.
        Ok(None) | Err(_) => ApiError::Defect.into_response(),
    }
}
