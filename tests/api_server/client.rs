//! Asks a server, and reads its answer whatever it is.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::world::api_server::{ApiServer, SERIN};

/// An answer: the code, and the JSON or, where it is none, the text.
pub(crate) type Answer = (u16, Value);

/// Sends what needs no body.
pub(super) async fn ask(server: &ApiServer, method: Method, path: &str) -> Answer {
    send(server, SERIN, method, path, "", String::new()).await
}

/// Sends an object.
pub(super) async fn send_object(server: &ApiServer, method: Method, path: &str, object: &Value) -> Answer {
    send(
        server,
        SERIN,
        method,
        path,
        "application/json",
        object.to_string(),
    )
    .await
}

/// Sends a JSON patch.
pub(super) async fn json_patch(server: &ApiServer, path: &str, patch: &Value) -> Answer {
    let kind = "application/json-patch+json";
    send(server, SERIN, Method::PATCH, path, kind, patch.to_string()).await
}

/// Sends a merge patch.
pub(super) async fn merge_patch(server: &ApiServer, path: &str, patch: &Value) -> Answer {
    let kind = "application/merge-patch+json";
    send(server, SERIN, Method::PATCH, path, kind, patch.to_string()).await
}

/// Sends anything, as the one with this token.
pub(crate) async fn send(
    server: &ApiServer,
    token: &str,
    method: Method,
    path: &str,
    content_type: &str,
    body: String,
) -> Answer {
    let request = Client::new().request(method, format!("{}{path}", server.url()));
    let request = request.bearer_auth(token).header("content-type", content_type);
    let answer = request.body(body).send().await.unwrap();
    let code = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
