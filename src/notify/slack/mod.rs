//! Slack: one thread a rollout by `chat.postMessage` and `chat.update` with a bot's token, or a message for each piece of news by an
//! incoming webhook (docs.slack.dev: *chat.postMessage*, *chat.update*, *Sending messages using incoming webhooks*).
//!
//! Slack takes no key that would tell it a repetition. So of the two requests that a thread needs the one that may be repeated goes
//! first (the update of the thread's first message), and the one that may not last. Where the thread is stands in the receipt of each
//! delivery, in the outbox: written with the word that the delivery arrived, gone with the rollout. What is left is the message whose
//! answer was lost; it is there twice then, with the same key in its metadata.

mod error;
mod message;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::channel::{Channel, SendError, Sent, Unusable};
use super::receiver::{Receiver, ReceiverAddress, bearer};
use super::wording::{Escape, Templates, Wording};
use crate::driver::{Delivery, DeliveryState, Outbox};
use error::{RootFate, refusal};

/// Where Slack's methods are.
pub const API_DEFAULT: &str = "https://slack.com/api";

/// How Slack is reached.
#[derive(Debug)]
pub enum SlackWay {
    /// By an incoming webhook: its address, a secret.
    Webhook(ReceiverAddress),
    /// By a bot.
    Bot {
        /// Where Slack's methods are; [`API_DEFAULT`] but for some.
        api: ReceiverAddress,
        /// The bot's token; its scope is `chat:write`.
        token: SecretString,
        /// The id of the channel, or its name.
        channel: String,
    },
}

/// Tells a Slack channel.
pub struct Slack {
    way: Way,
    wording: Wording,
    outbox: Arc<dyn Outbox>,
}

enum Way {
    Webhook(Receiver),
    Bot(Box<Bot>),
}

struct Bot {
    post: Receiver,
    update: Receiver,
    authorization: HeaderMap,
    channel: String,
}

/// Where a rollout's thread is, and so the receipt of every delivery in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thread {
    /// The channel's id.
    channel: String,
    /// What tells the first message from the others of the channel.
    ts: String,
}

impl Slack {
    /// Tells a channel by `way`, and looks for its threads in `outbox`.
    ///
    /// # Errors
    /// Where the address or the token is none, or a template cannot be used.
    pub fn new(way: SlackWay, templates: &Templates, outbox: Arc<dyn Outbox>) -> Result<Self, Unusable> {
        let way = match way {
            SlackWay::Webhook(url) => Way::Webhook(Receiver::new(&url)?),
            SlackWay::Bot { api, token, channel } => {
                let api = Receiver::new(&api)?;
                Way::Bot(Box::new(Bot {
                    post: api.below("chat.postMessage"),
                    update: api.below("chat.update"),
                    authorization: [bearer(&token)?].into_iter().collect(),
                    channel,
                }))
            }
        };
        let wording = Wording::new(templates, Escape::Slack)?;
        Ok(Self { way, wording, outbox })
    }

    /// Where the thread of the delivery's rollout is, if it has one, and whether what is told there is older than `delivery`.
    async fn thread(&self, delivery: &Delivery) -> Result<Option<(Thread, bool)>, SendError> {
        let news = self
            .outbox
            .of_rollout(&delivery.rollout)
            .await
            .map_err(|error| SendError::later(format!("where its thread is, is not known: {error}")))?;
        let mut told = news
            .iter()
            .filter(|other| other.channel == delivery.channel && other.state == DeliveryState::Delivered)
            .filter_map(|other| Some((Thread::of_receipt(other.receipt.as_deref()?)?, other.position())));
        Ok(told
            .next()
            .map(|(thread, newest)| (thread, newest < delivery.position())))
    }

    async fn send_by(&self, bot: &Bot, delivery: &Delivery) -> Result<Sent, SendError> {
        let message = message::of(delivery, &self.wording);
        let mut thread = None;
        if let Some((found, is_newest)) = self.thread(delivery).await? {
            let fate = if is_newest {
                bot.update(&found, &message).await?
            } else {
                // Tried again, and overtaken by later news meanwhile.
                RootFate::Stays
            };
            thread = (fate == RootFate::Stays).then_some(found);
        }
        let thread = bot.post(thread, &message, delivery).await?;
        Ok(Sent::Taken(Some(thread.receipt())))
    }
}

#[async_trait]
impl Channel for Slack {
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        match &self.way {
            Way::Webhook(receiver) => {
                let message = message::of(delivery, &self.wording);
                receiver.post(headers(), bytes(message)).await?;
                Ok(Sent::Taken(None))
            }
            Way::Bot(bot) => self.send_by(bot, delivery).await,
        }
    }
}

impl Bot {
    /// Posts a message, into `thread` where there is one; gives where the thread is that it is in.
    async fn post(
        &self,
        thread: Option<Thread>,
        message: &Map<String, Value>,
        delivery: &Delivery,
    ) -> Result<Thread, SendError> {
        let mut message = message.clone();
        let channel = thread.as_ref().map_or(&self.channel, |thread| &thread.channel);
        message.insert("channel".to_owned(), json!(channel));
        if let Some(thread) = &thread {
            message.insert("thread_ts".to_owned(), json!(thread.ts));
        }
        let metadata = json!({"event_type": "serin_notice", "event_payload": {"key": delivery.key}});
        message.insert("metadata".to_owned(), metadata);
        let answer = self.ask(&self.post, message).await?;
        match answer {
            Answer {
                ok: true,
                channel: Some(channel),
                ts: Some(ts),
                ..
            } => Ok(thread.unwrap_or(Thread { channel, ts })),
            answer => Err(refusal(
                &self.post.origin(),
                "chat.postMessage",
                answer.error.as_deref(),
            )),
        }
    }

    /// Lets the first message of `thread` say how things stand.
    async fn update(&self, thread: &Thread, message: &Map<String, Value>) -> Result<RootFate, SendError> {
        let mut message = message.clone();
        message.insert("channel".to_owned(), json!(thread.channel));
        message.insert("ts".to_owned(), json!(thread.ts));
        let answer = self.ask(&self.update, message).await?;
        if answer.ok {
            return Ok(RootFate::Stays);
        }
        let error = answer.error.as_deref();
        error
            .and_then(RootFate::of)
            .ok_or_else(|| refusal(&self.update.origin(), "chat.update", error))
    }

    async fn ask(&self, method: &Receiver, message: Map<String, Value>) -> Result<Answer, SendError> {
        let mut headers = headers();
        headers.extend(self.authorization.clone());
        let response = method.post(headers, bytes(message)).await?;
        method.json(response).await
    }
}

/// What Slack says of a message, as far as it is needed.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    channel: Option<String>,
    ts: Option<String>,
}

impl Thread {
    fn receipt(&self) -> String {
        format!("{}/{}", self.channel, self.ts)
    }

    fn of_receipt(receipt: &str) -> Option<Self> {
        let (channel, ts) = receipt.split_once('/')?;
        Some(Self {
            channel: channel.to_owned(),
            ts: ts.to_owned(),
        })
    }
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (origin, channel) = match &self.way {
            Way::Webhook(receiver) => (receiver.origin(), None),
            Way::Bot(bot) => (bot.post.origin(), Some(&bot.channel)),
        };
        f.debug_struct("Slack")
            .field("origin", &origin)
            .field("channel", &channel)
            .finish_non_exhaustive()
    }
}

fn headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    [(CONTENT_TYPE, json)].into_iter().collect()
}

fn bytes(message: Map<String, Value>) -> Vec<u8> {
    Value::Object(message).to_string().into_bytes()
}
