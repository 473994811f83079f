//! Whoever is told something over HTTP, and hears whether it is a secret.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use serde_json::Value;

use super::{fail_with, find};

/// Where a secret belongs in what a receiver is told: PagerDuty takes its key in the body.
const ROUTING_KEY: &str = "routing_key";

/// The ears of one receiver. Whoever has the first of them fails where they heard a secret, when it is dropped.
#[derive(Default)]
pub(crate) struct Ears(Heard);

type Heard = Arc<Mutex<Vec<String>>>;

impl Ears {
    /// `router`, overheard: each body whole, and each header but the one for credentials, before they are answered.
    pub(crate) fn on(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.0.clone(), overhear))
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        fail_with(&self.0.lock().unwrap());
    }
}

async fn overhear(State(heard): State<Heard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // Who breaks off says no more, and is answered as if that were all.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let headers = parts.headers.iter().filter(|(name, _)| *name != AUTHORIZATION);
    let mut finds: Vec<String> = headers
        .filter_map(|(name, value)| Some(format!("the header {name}: {}", find(value.as_bytes())?)))
        .collect();
    finds.extend(find(&without_its_key(&body)).map(|found| format!("the body of a request: {found}")));
    heard.lock().unwrap().extend(finds);
    next.run(Request::from_parts(parts, Body::from(body))).await
}

fn without_its_key(body: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return body.to_vec();
    };
    match fields.remove(ROUTING_KEY) {
        Some(_) => Value::Object(fields).to_string().into_bytes(),
        None => body.to_vec(),
    }
}
