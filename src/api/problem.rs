//! An error as its reader gets it: `application/problem+json` (RFC 9457), with the field and a hint.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of problem: a name that programs can rely on, `urn:serin:problem:KIND`.
    #[serde(rename = "type")]
    #[schema(example = "urn:serin:problem:under-way")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What was wrong this time.
    pub detail: String,
    /// The field of the body, the parameter or the header that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The name of the replica that leads, where this one follows; it begins with its pod's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
}

/// The kind of a follower's answer to a command.
const FOLLOWS: &str = "urn:serin:problem:follows";

impl Problem {
    /// Whether a replica said so that follows: nothing was done, and another one does it.
    #[must_use]
    pub fn is_of_follower(&self) -> bool {
        self.kind == FOLLOWS
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
