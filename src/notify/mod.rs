//! Who is told.
//!
//! The [`Pipeline`] takes what is due from the driver's [`Outbox`](crate::driver::Outbox) and hands it to the channels, at least
//! once each, with a key that is the same at every attempt. A channel only knows how to send one delivery, and
//! what an answer means.
//!
//! - [`channel`] — what a channel is, and what it says when it failed.
//! - [`pipeline`] — one worker a channel, and one for names that nobody serves.
//! - [`retry`] — what becomes of a delivery that failed. Pure.
//! - [`counters`] — what went where, and what each bound turned away.
//! - [`log`] — the channel that writes one line a notice.
//! - [`webhook`] — the channel that posts a signed CloudEvent.

pub mod channel;
pub mod counters;
mod limits;
mod line;
pub mod log;
mod outage;
mod pace;
mod patience;
pub mod pipeline;
pub mod retry;
pub mod retry_after;
mod strays;
pub mod webhook;
mod worker;

pub use channel::{Channel, SendError};
pub use counters::{ChannelCounters, Counters};
pub use limits::Limits;
pub use log::LogChannel;
pub use pipeline::{Outlet, Pipeline};
pub use retry_after::RetryAfter;
pub use webhook::{Webhook, WebhookOptions};
