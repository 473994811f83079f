//! The events of a watch, as they come.

use reqwest::Response;
use serde_json::Value;

/// They, until the server ends them.
pub(super) struct Events {
    response: Response,
    text: Vec<u8>,
}

impl Events {
    pub(super) const fn of(response: Response) -> Self {
        Self {
            response,
            text: Vec::new(),
        }
    }

    /// The next one; none once the server is gone, or says that it has no more to tell.
    pub(super) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                let event: Value = serde_json::from_slice(&line).ok()?;
                return (event["type"] != "ERROR").then_some(event);
            }
            let chunk = self.response.chunk().await.ok()??;
            self.text.extend_from_slice(&chunk);
        }
    }
}
