//! A workspace: keeps messages and threads, and answers as Slack does. It fails where its test says so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use serde_json::{Value, json};

use super::super::inbox::{Inbox, Received};
use super::{CHANNEL, TOKEN};

/// A message as it stands.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) ts: String,
    pub(super) thread: Option<String>,
    pub(super) body: Value,
    /// How often it was updated.
    pub(super) updates: usize,
}

impl Message {
    pub(super) fn text(&self) -> &str {
        self.body["text"].as_str().unwrap()
    }

    pub(super) fn key(&self) -> &str {
        self.body["metadata"]["event_payload"]["key"].as_str().unwrap()
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// 200, `ok: false`, and this.
    Error(&'static str),
    /// 429, and to come back in so many seconds.
    TooMany(u64),
    /// This status.
    Status(StatusCode),
    /// It is done, and nobody hears of it.
    AnswerLost,
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    /// Of the method's next requests, the first of each is done so.
    faults: VecDeque<(&'static str, Fault)>,
}

pub(super) struct Workspace {
    pub(super) inbox: Inbox,
    state: Arc<Mutex<State>>,
}

impl Workspace {
    pub(super) async fn open() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let inner = state.clone();
        let inbox = Inbox::asking(move |request| {
            let answer = inner.lock().unwrap().answer(&request);
            async move {
                match answer {
                    Some(answer) => answer,
                    None => {
                        tokio::time::sleep(Duration::from_secs(3600)).await;
                        StatusCode::OK.into_response()
                    }
                }
            }
            .boxed()
        })
        .await;
        Self { inbox, state }
    }

    pub(super) fn api(&self) -> String {
        format!("{}/api", self.inbox.endpoint.address)
    }

    pub(super) fn fail(&self, method: &'static str, fault: Fault) {
        self.state.lock().unwrap().faults.push_back((method, fault));
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.state.lock().unwrap().messages.clone()
    }

    /// The messages in the channel itself.
    pub(super) fn roots(&self) -> Vec<Message> {
        self.messages()
            .into_iter()
            .filter(|message| message.thread.is_none())
            .collect()
    }

    /// The replies to the message `ts`.
    pub(super) fn replies(&self, ts: &str) -> Vec<Message> {
        let is_reply = |message: &Message| message.thread.as_deref() == Some(ts);
        self.messages().into_iter().filter(is_reply).collect()
    }

    /// Somebody deletes everything.
    pub(super) fn clear(&self) {
        self.state.lock().unwrap().messages.clear();
    }
}

impl State {
    /// `None` where nobody hears of it.
    fn answer(&mut self, request: &Received) -> Option<Response> {
        let method = request.uri.path().rsplit('/').next().unwrap().to_owned();
        let fault = self.fault(&method);
        match fault {
            Some(Fault::Error(error)) => return Some(refused(error)),
            Some(Fault::Status(status)) => return Some(status.into_response()),
            Some(Fault::TooMany(seconds)) => {
                let wait = [("retry-after", seconds.to_string())];
                return Some((StatusCode::TOO_MANY_REQUESTS, wait).into_response());
            }
            Some(Fault::AnswerLost) | None => {}
        }
        let answer = self.done(&method, request);
        match fault {
            Some(Fault::AnswerLost) => None,
            _ => Some(answer),
        }
    }

    fn fault(&mut self, method: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(of, _)| *of == method)?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    fn done(&mut self, method: &str, request: &Received) -> Response {
        if request.header("authorization") != format!("Bearer {TOKEN}") {
            return refused("invalid_auth");
        }
        let body = request.json();
        if body["channel"] != CHANNEL {
            return refused("channel_not_found");
        }
        match method {
            "chat.postMessage" => {
                let ts = format!("1700000000.{:06}", self.messages.len() + 100);
                let thread = body["thread_ts"].as_str().map(str::to_owned);
                self.messages.push(Message {
                    ts: ts.clone(),
                    thread,
                    body,
                    updates: 0,
                });
                Json(json!({"ok": true, "channel": CHANNEL, "ts": ts, "message": {}})).into_response()
            }
            "chat.update" => {
                let message = self.messages.iter_mut().find(|message| body["ts"] == message.ts);
                let Some(message) = message else {
                    return refused("message_not_found");
                };
                message.updates += 1;
                message.body["text"] = body["text"].clone();
                message.body["blocks"] = body["blocks"].clone();
                Json(json!({"ok": true, "channel": CHANNEL, "ts": message.ts})).into_response()
            }
            _ => refused("unknown_method"),
        }
    }
}

fn refused(error: &str) -> Response {
    Json(json!({"ok": false, "error": error})).into_response()
}
