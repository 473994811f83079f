//! A proxy before a Prometheus server that fares as the test says.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::{Client, Method};
use serin::demo::server::Server;

use super::load::client;

/// What becomes of requests.
#[derive(Debug, Clone, Default)]
pub(crate) enum Fault {
    /// They are passed on.
    #[default]
    None,
    /// This status, and a page for browsers.
    Status(u16),
    /// This status, and everything that was sent along.
    Echo(u16),
    /// No answer, ever.
    Silence,
    /// This text, as if it came from the server.
    Answer(String),
}

/// Between a daemon and a Prometheus server.
pub(crate) struct FaultProxy {
    server: Server,
    upstream: Arc<Upstream>,
}

struct Upstream {
    url: String,
    client: Client,
    fault: Mutex<Fault>,
}

impl FaultProxy {
    /// Before the server at this URL, which may go and come back.
    pub(crate) async fn before(url: String) -> Self {
        let upstream = Arc::new(Upstream {
            url,
            client: client(),
            fault: Mutex::default(),
        });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&upstream));
        Self {
            server: Server::start(app).await.unwrap(),
            upstream,
        }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// From the next request on.
    pub(crate) fn set(&self, fault: Fault) {
        *self.upstream.fault.lock().unwrap() = fault;
    }
}

async fn pass(
    State(upstream): State<Arc<Upstream>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = upstream.fault.lock().unwrap().clone();
    match fault {
        Fault::None => {}
        Fault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, "<html>a proxy's own words</html>").into_response();
        }
        Fault::Echo(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, format!("not with {headers:?}")).into_response();
        }
        Fault::Silence => std::future::pending().await,
        Fault::Answer(text) => return text.into_response(),
    }
    let url = format!("{}{}", upstream.url, uri.path_and_query().unwrap());
    let mut request = upstream.client.request(method, url).body(body);
    if let Some(kind) = headers.get("content-type") {
        request = request.header("content-type", kind);
    }
    match request.send().await {
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        Ok(answer) => {
            let status = answer.status();
            (status, Body::from(answer.bytes().await.unwrap_or_default())).into_response()
        }
    }
}
