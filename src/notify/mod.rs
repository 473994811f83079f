//! Who is told.
//!
//! The [`Pipeline`] takes what is due from the driver's [`Outbox`](crate::driver::Outbox) and hands it to the channels, at least
//! once each, with a key that is the same at every attempt. A channel only knows how to send one delivery, and
//! what an answer means.
//!
//! - [`channel`] — what a channel is, and what it says when it failed.
//! - [`pipeline`] — one worker a channel, and one for names that nobody serves.
//! - [`retry`] — what becomes of a delivery that failed. Pure.
//! - [`news`] — what news is called; [`route`] — which of it a channel takes; [`wording`] — how it is worded.
//! - [`counters`] — what went where, and what each bound turned away.
//! - [`log`] — the channel that writes one line a notice.
//! - [`webhook`] — the channel that posts a signed CloudEvent.
//! - [`slack`], [`pagerduty`], [`alertmanager`] — the channels that speak to those.

pub mod alertmanager;
mod brief;
pub mod channel;
mod connector;
pub mod counters;
mod limits;
mod line;
pub mod log;
pub mod news;
mod outage;
mod pace;
pub mod pagerduty;
mod patience;
pub mod pipeline;
mod receiver;
pub mod retry;
pub mod retry_after;
pub mod route;
pub mod sample;
pub mod slack;
mod status;
mod strays;
mod text;
mod trouble;
pub mod webhook;
pub mod wording;
mod worker;

pub use alertmanager::{Alertmanager, AlertmanagerOptions};
pub use channel::{Channel, SendError, Sent, Unusable};
pub use counters::{ChannelCounters, Counters};
pub use limits::Limits;
pub use log::LogChannel;
pub use pagerduty::{PagerDuty, PagerDutyOptions};
pub use pipeline::{Fallback, Outlet, Pipeline};
pub use receiver::{ReceiverAddress, ReceiverError};
pub use retry_after::RetryAfter;
pub use route::Route;
pub use slack::{Slack, SlackWay};
pub use webhook::{Webhook, WebhookOptions};
pub use wording::{LinkTemplates, Templates, WordingError};
