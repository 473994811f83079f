//! The API server, asked as its administrator, in JSON.

use reqwest::{Client, Method};
use serde_json::Value;

use super::access::{ADMIN, API_SERVER, token};

/// What a patch is written in.
pub(crate) const JSON_PATCH: &str = "application/json-patch+json";
/// As [`JSON_PATCH`].
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// Asks, and changes whatever it wants.
#[derive(Clone)]
pub(crate) struct Api {
    pub(super) client: Client,
}

impl Api {
    /// An object or a list that is there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.try_get(path).await;
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// The status and what came with it.
    pub(crate) async fn try_get(&self, path: &str) -> (u16, Value) {
        self.answer(Method::GET, path, None).await
    }

    /// What needs no body.
    pub(crate) async fn ask(&self, method: Method, path: &str) -> (u16, Value) {
        self.answer(method, path, None).await
    }

    /// Makes an object; it must be a new one.
    pub(crate) async fn create(&self, path: &str, object: &Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, "application/json", object).await;
        assert_eq!(status, 201, "POST {path}: {answer}");
        answer
    }

    /// Patches, in a language such as [`JSON_PATCH`].
    pub(crate) async fn patch(&self, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        self.send(Method::PATCH, path, content_type, body).await
    }

    /// Anything else.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> (u16, Value) {
        self.answer(method, path, Some((content_type, body))).await
    }

    async fn answer(&self, method: Method, path: &str, body: Option<(&str, &Value)>) -> (u16, Value) {
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{API_SERVER}{path}"));
        request = request.bearer_auth(token(ADMIN));
        if let Some((content_type, body)) = body {
            request = request
                .header("content-type", content_type)
                .body(body.to_string());
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        // Probes answer in plain text.
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}
