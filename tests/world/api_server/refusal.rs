//! Answers that are no objects: Status objects, in the server's own words.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::{Value, json};

/// Why the server does not do what it was asked.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
    /// As text rather than as a Status: what the outer layers of the server say.
    plain: bool,
}

impl Refusal {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: None,
            plain: false,
        }
    }

    pub(super) fn plain(code: u16, message: &str) -> Self {
        Self {
            plain: true,
            ..Self::new(code, "", message)
        }
    }

    pub(super) fn with(self, details: Value) -> Self {
        Self {
            details: Some(details),
            ..self
        }
    }

    /// As a Status object.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }

    pub(super) fn response(&self) -> Response<Body> {
        let (kind, body) = if self.plain {
            ("text/plain; charset=utf-8", self.message.clone())
        } else {
            ("application/json", self.status().to_string())
        };
        let code = StatusCode::from_u16(self.code).expect("codes are written here, and by tests");
        let mut response = Response::builder().status(code).header(CONTENT_TYPE, kind);
        if self.code == 429 {
            response = response.header(RETRY_AFTER, "1");
        }
        response
            .body(Body::from(body))
            .expect("its headers are written here")
    }
}
