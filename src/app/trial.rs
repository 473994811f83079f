//! One channel, tried.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::timeout;

use super::channels::outlet;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::document::nearest;
use crate::driver::ports::Clock;
use crate::driver::{Delivery, DeliveryState, MemoryJournal, Outbox};
use crate::engine::{NoticeKind, Urgency};
use crate::notify::{Outlet, SendError, Sent, sample};

/// How a trial of a channel went.
#[derive(Debug)]
pub struct Trial {
    /// The key of what was sent.
    pub key: String,
    /// Time until the answer.
    pub took: Duration,
    /// Why it was not taken, where it was not.
    pub refused: Option<SendError>,
    /// Whether something was opened there, and closed again.
    pub was_closed: bool,
}

/// Sends a test to the channel `name` of `config`, marked as one, once; whatever lasts there is ended at once.
///
/// # Errors
/// Where there is no such channel, or it cannot be built.
pub async fn try_channel(config: &Config, name: &str, urgency: Urgency) -> anyhow::Result<Trial> {
    let channels = &config.notify.channels;
    let Some(channel) = channels.get(name) else {
        let known = channels.keys().map(String::as_str);
        let hint = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let known: Vec<String> = channels.keys().map(|name| format!("`{name}`")).collect();
                format!("there are {}", known.join(", "))
            }
        };
        bail!("expected a channel of the configuration, found `{name}`\n  hint: {hint}");
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let outbox: Arc<dyn Outbox> = Arc::new(MemoryJournal::default());
    let outlet = outlet(name, channel, &config.notify.whereabouts, &outbox, &clock)
        .context("the channel cannot be built")?;
    let begun = clock.now();
    let mut delivery = test(name, urgency, clock.as_ref());
    let mut sent = send(&outlet, &delivery).await;
    let was_opened = matches!(sent, Ok(Sent::Lasts { .. }));
    if was_opened {
        delivery.state = DeliveryState::Lasting;
        sent = send(&outlet, &delivery).await;
    }
    Ok(Trial {
        key: delivery.key,
        took: clock.now().since(begun),
        was_closed: was_opened && sent.is_ok(),
        refused: sent.err(),
    })
}

async fn send(outlet: &Outlet, delivery: &Delivery) -> Result<Sent, SendError> {
    let bound = outlet.limits.send_timeout;
    let sent = timeout(bound, outlet.channel.send(delivery)).await;
    sent.unwrap_or_else(|_| {
        let bound = humantime::format_duration(bound);
        Err(SendError::later(format!(
            "no answer within {bound}; it may have arrived"
        )))
    })
}

fn test(channel: &str, urgency: Urgency, clock: &dyn Clock) -> Delivery {
    let now = clock.now();
    let mut delivery = sample::of(NoticeKind::Test, urgency);
    delivery.rollout = format!("test-{}", now.0);
    delivery.key = format!("{}/0/0/{channel}", delivery.rollout);
    delivery.channel = channel.to_owned();
    delivery.namespace = "serin".to_owned();
    delivery.name = "test".to_owned();
    delivery.notice.text = format!("A test of Serin's channel `{channel}`, sent by hand: nothing happened.");
    delivery.created_at = now;
    delivery
}
