//! `notify`: who is told.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;

use super::channel_fields::{
    EXPIRY, MAX_PER_MINUTE, SECRET_FILE, SECTION, SIGNING_SECRET, TIMEOUT, TYPE, Type, URL, URL_FILE,
};
use super::webhook_url::WebhookUrl;
use crate::config::apart::direct_or_file;
use crate::config::layers::Layers;
use crate::config::source::Source;
use crate::config::values::{Values, path_of};
use crate::document::nearest;

/// Channels. A team has some; each holds a queue and a connection.
const MAX_CHANNELS: usize = 100;
/// Where they are.
const CHANNELS: &str = "notify.channels";

/// A channel that is there without being written.
const LOG: &str = "log";

/// Who is told.
#[derive(Debug, Clone)]
pub struct Notify {
    /// The channels, by the name that a Canary's `notify` has.
    pub channels: BTreeMap<String, Channel>,
}

/// One way to tell somebody.
#[derive(Debug, Clone)]
pub enum Channel {
    /// A line in Serin's own log.
    Log,
    /// A request to somebody's server.
    Webhook(Box<Webhook>),
}

/// A request to somebody's server, and how hard Serin tries.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where it goes.
    pub url: WebhookUrl,
    /// What signs it, if anything.
    pub secret: Option<SecretString>,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Time after the decision at which Serin gives up.
    pub expiry: Duration,
    /// Requests in a minute; more wait.
    pub max_per_minute: u64,
}

/// A channel that a later layer gives another type is another channel: what the layers before wrote of it does not count.
pub(in crate::config) fn replace_changed_channels(layers: &mut Layers) {
    for name in layers.names_below(CHANNELS).into_keys() {
        let types = layers.written(&path_of(&TYPE.entry, &name));
        let changed = types
            .windows(2)
            .rfind(|pair| pair[0].scalar.text != pair[1].scalar.text)
            .map(|pair| pair[1].source.layer());
        if let Some(layer) = changed {
            layers.replace_below(&format!("{CHANNELS}.{name}"), layer);
        }
    }
}

/// Checks the channels that are `named`, each with where.
pub(in crate::config) fn notify(layers: &Layers, values: &mut Values<'_>) -> Notify {
    let named = layers.names_below(CHANNELS);
    if let Some((_, first_beyond)) = named.iter().nth(MAX_CHANNELS) {
        let expected = format!("at most {MAX_CHANNELS} channels");
        values.refuse(CHANNELS, first_beyond, expected, named.len().to_string(), None);
        return Notify {
            channels: BTreeMap::new(),
        };
    }
    let mut channels: BTreeMap<String, Channel> = named
        .iter()
        .filter_map(|(name, source)| {
            let others = named.keys().filter(|other| *other != name).map(String::as_str);
            let channel = channel(name, source, others, values)?;
            Some((name.clone(), channel))
        })
        .collect();
    channels.entry(LOG.to_owned()).or_insert(Channel::Log);
    Notify { channels }
}

fn channel<'n>(
    name: &str,
    source: &Source,
    others: impl Iterator<Item = &'n str>,
    values: &mut Values<'_>,
) -> Option<Channel> {
    let kind = values.optional(&TYPE, name);
    if values.source(&TYPE.entry, name).is_none() {
        let hint = nearest(name, others).map(|near| format!("did you mean the channel `{near}`?"));
        let field = path_of(&TYPE.entry, name);
        values.refuse(&field, source, TYPE.entry.expected, "nothing", hint);
    }
    match kind {
        Some(Type::Log) => {
            refuse_beside_log(name, values);
            Some(Channel::Log)
        }
        Some(Type::Webhook) => {
            refuse_without_url(name, source, values);
            webhook(name, values).map(|webhook| Channel::Webhook(Box::new(webhook)))
        }
        // Its fields are looked at all the same.
        None => {
            webhook(name, values);
            None
        }
    }
}

/// A line in the log has no address and cannot fail.
fn refuse_beside_log(name: &str, values: &mut Values<'_>) {
    for entry in SECTION
        .entries
        .iter()
        .filter(|entry| entry.path != TYPE.entry.path)
    {
        if let Some(source) = values.source(entry, name) {
            let hint = "leave it out, or make the channel a `webhook`".to_owned();
            let field = path_of(entry, name);
            values.refuse(
                &field,
                &source,
                "no such field on a channel of type `log`",
                "one",
                hint,
            );
        }
    }
}

fn refuse_without_url(name: &str, source: &Source, values: &mut Values<'_>) {
    let written = [&URL.entry, &URL_FILE.entry]
        .iter()
        .any(|entry| values.source(entry, name).is_some());
    if !written {
        let field = path_of(&URL.entry, name);
        values.refuse(&field, source, URL.entry.expected, "nothing", None);
    }
}

fn webhook(name: &str, values: &mut Values<'_>) -> Option<Webhook> {
    let url = direct_or_file(&URL, &URL_FILE, name, values);
    let secret = direct_or_file(&SIGNING_SECRET, &SECRET_FILE, name, values);
    let timeout = values.value(&TIMEOUT, name);
    let expiry = values.value(&EXPIRY, name);
    let max_per_minute = values.value(&MAX_PER_MINUTE, name);
    Some(Webhook {
        url: url?,
        secret,
        timeout,
        expiry,
        max_per_minute,
    })
}
