//! The configured channels.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use anyhow::Context;
use secrecy::SecretString;

use crate::config::{Channel, Notify, Webhook as WebhookSection};
use crate::driver::ports::Clock;
use crate::notify::webhook::SOURCE_DEFAULT;
use crate::notify::{Limits, LogChannel, Outlet, Webhook, WebhookOptions};
use crate::signature::SigningKey;

/// An outlet for every channel, by its name.
pub(super) fn outlets(notify: &Notify, clock: &Arc<dyn Clock>) -> anyhow::Result<BTreeMap<String, Outlet>> {
    let channels = notify.channels.iter();
    channels
        .map(|(name, channel)| {
            let outlet = match channel {
                Channel::Log => Outlet::new(LogChannel),
                Channel::Webhook(section) => {
                    webhook(section, clock).with_context(|| format!("`notify.channels.{name}`"))?
                }
            };
            Ok((name.clone(), outlet))
        })
        .collect()
}

fn webhook(section: &WebhookSection, clock: &Arc<dyn Clock>) -> anyhow::Result<Outlet> {
    let per_minute = usize::try_from(section.max_per_minute)
        .ok()
        .and_then(NonZeroUsize::new);
    let signing_keys = section.secret.iter().map(SigningKey::parse);
    let options = WebhookOptions {
        url: SecretString::from(section.url.expose()),
        signing_keys: signing_keys.collect::<Result<_, _>>()?,
        source: SOURCE_DEFAULT.to_owned(),
    };
    Ok(Outlet {
        channel: Arc::new(Webhook::new(options, Arc::clone(clock))?),
        limits: Limits {
            per_minute: per_minute.unwrap_or_else(|| Limits::default().per_minute),
            send_timeout: section.timeout,
            expiry: section.expiry,
            ..Limits::default()
        },
    })
}
