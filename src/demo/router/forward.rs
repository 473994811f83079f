//! Passes a request on to a backend, and its answer back.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::{
    CONNECTION, HeaderMap, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{self, StatusCode, request};
use axum::response::{IntoResponse, Response};

use super::super::load::IN_FLIGHT_MAX;

/// How long a backend may take where the route has no `timeout` of its own: Envoy's default.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(15);

/// Headers that belong to one connection and are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A pool of connections to the backends.
#[derive(Debug)]
pub(super) struct Forwarder {
    client: reqwest::Client,
}

impl Forwarder {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(IN_FLIGHT_MAX)
            .build()?;
        Ok(Self { client })
    }

    /// The backend's answer; or, with Envoy's statuses, 503 if it refuses or hangs up, 504 after the
    /// time-out. One attempt.
    pub(super) async fn forward(
        &self,
        backend: SocketAddr,
        timeout: Option<Duration>,
        head: request::Parts,
        body: Body,
    ) -> Response {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut request = self
            .client
            .request(head.method, format!("http://{backend}{target}"))
            .headers(end_to_end(head.headers))
            .timeout(timeout.unwrap_or(TIMEOUT_DEFAULT));
        if !body.is_end_stream() {
            request = request.body(reqwest::Body::wrap_stream(body.into_data_stream()));
        }
        match request.send().await {
            Ok(answer) => {
                let (mut head, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
                head.headers = end_to_end(head.headers);
                Response::from_parts(head, Body::new(body))
            }
            Err(error) if error.is_timeout() => own_answer(StatusCode::GATEWAY_TIMEOUT),
            Err(_) => own_answer(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// An answer of the router's own.
pub(super) fn own_answer(status: StatusCode) -> Response {
    (status, format!("router: {status}\n")).into_response()
}

/// `headers` without those that belong to one connection.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}
