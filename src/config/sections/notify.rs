//! `notify`: who is told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::authorities::{optional_path, refuse_authorities};
use super::channel_fields::{EXPIRY, MAX_PER_MINUTE, SECTION, TIMEOUT, TYPE, Type};
use super::channel_news::{
    FALLBACK, FALLBACK_AFTER, KIND_WORDS, KINDS, TEXT, TITLE, URGENCIES, URGENCY_WORDS,
};
use super::channel_places::{
    API_URL, CA_FILE, CHANNEL, MEMBERS, ROUTING_KEY, ROUTING_KEY_FILE, SECRET_FILE, SIGNING_SECRET, TOKEN,
    TOKEN_FILE, URL, URL_FILE,
};
use super::webhook_url::WebhookUrl;
use super::whereabouts::{Whereabouts, whereabouts};
use crate::config::apart::direct_or_file;
use crate::config::field::Entry;
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
    /// What is told beside all news.
    pub whereabouts: Whereabouts,
}

/// One way to tell somebody.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Where it goes.
    pub destination: Destination,
    /// News of these urgencies is told; words of the engine.
    pub urgencies: Vec<&'static str>,
    /// And news of these kinds, however urgent.
    pub kinds: Vec<&'static str>,
    /// Makes the title of a message, where the user has words for it.
    pub title: Option<String>,
    /// Makes the text of a message, where the user has words for it.
    pub text: Option<String>,
    /// The channel that is told what this one does not take, and how long after the decision.
    pub fallback: Option<(String, Duration)>,
    /// Whom to trust there, in place of the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// How hard Serin tries.
    pub effort: Effort,
}

/// How hard Serin tries.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Time for one attempt.
    pub timeout: Duration,
    /// Time after the decision at which Serin gives up.
    pub expiry: Duration,
    /// Requests in a minute; more wait.
    pub max_per_minute: u64,
}

/// Where a channel goes.
#[derive(Debug, Clone)]
pub enum Destination {
    /// A line in Serin's own log.
    Log,
    /// A request to somebody's server.
    Webhook {
        /// Where it goes.
        url: WebhookUrl,
        /// What signs it, if anything.
        secret: Option<SecretString>,
    },
    /// Slack's incoming webhook.
    SlackWebhook {
        /// Where it is.
        url: WebhookUrl,
    },
    /// A Slack channel, told by a bot.
    Slack {
        /// The channel's id or name.
        channel: String,
        /// The bot's token.
        token: SecretString,
        /// Where Slack's methods are, if not where they are for most.
        api: Option<WebhookUrl>,
    },
    /// A PagerDuty service.
    PagerDuty {
        /// The integration's key.
        routing_key: SecretString,
        /// Where events go, if not where they do for most.
        api: Option<WebhookUrl>,
    },
    /// An Alertmanager.
    Alertmanager {
        /// Its members.
        members: Vec<WebhookUrl>,
        /// A bearer token, where one is asked for.
        token: Option<SecretString>,
    },
}

impl Destination {
    /// Whether it goes somewhere by TLS. Where nothing else is written, Slack and PagerDuty are reached so.
    fn is_anywhere_secure(&self) -> bool {
        let is_secure = |url: &WebhookUrl| url.expose().starts_with("https:");
        match self {
            Self::Log => false,
            Self::Webhook { url, .. } | Self::SlackWebhook { url } => is_secure(url),
            Self::Slack { api, .. } | Self::PagerDuty { api, .. } => api.as_ref().is_none_or(is_secure),
            Self::Alertmanager { members, .. } => members.iter().any(is_secure),
        }
    }
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
    let whereabouts = whereabouts(values);
    if let Some((_, first_beyond)) = named.iter().nth(MAX_CHANNELS) {
        let expected = format!("at most {MAX_CHANNELS} channels");
        values.refuse(CHANNELS, first_beyond, expected, named.len().to_string(), None);
        return Notify {
            channels: BTreeMap::new(),
            whereabouts,
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
    channels.entry(LOG.to_owned()).or_insert_with(own_log);
    refuse_unknown_fallbacks(&named, &channels, values);
    Notify {
        channels,
        whereabouts,
    }
}

/// The channel that is there without being written.
fn own_log() -> Channel {
    Channel {
        destination: Destination::Log,
        urgencies: URGENCY_WORDS.to_vec(),
        kinds: Vec::new(),
        title: None,
        text: None,
        fallback: None,
        ca_file: None,
        // Nothing to try.
        effort: Effort {
            timeout: Duration::ZERO,
            expiry: Duration::MAX,
            max_per_minute: 0,
        },
    }
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
    // The fields are looked at all the same where there is no type.
    let written = Written::read(name, values);
    let kind = kind?;
    refuse_fields_of_others(kind, name, values);
    let destination = written.destination(kind, name, source, values)?;
    if !destination.is_anywhere_secure() {
        refuse_authorities(&CA_FILE.entry, name, values);
    }
    let (urgencies, kinds) = news_of(&destination);
    Some(Channel {
        destination,
        urgencies: written.urgencies.unwrap_or_else(|| urgencies.to_vec()),
        kinds: written.kinds.unwrap_or(kinds),
        title: written.title,
        text: written.text,
        fallback: written
            .fallback
            .map(|fallback| (fallback, written.fallback_after)),
        ca_file: written.ca_file,
        effort: written.effort,
    })
}

/// Everything that may be written of a channel.
struct Written {
    url: Option<WebhookUrl>,
    secret: Option<SecretString>,
    slack_channel: Option<String>,
    token: Option<SecretString>,
    routing_key: Option<SecretString>,
    api: Option<WebhookUrl>,
    members: Option<Vec<WebhookUrl>>,
    urgencies: Option<Vec<&'static str>>,
    kinds: Option<Vec<&'static str>>,
    title: Option<String>,
    text: Option<String>,
    fallback: Option<String>,
    fallback_after: Duration,
    ca_file: Option<PathBuf>,
    effort: Effort,
}

impl Written {
    fn read(name: &str, values: &mut Values<'_>) -> Self {
        Self {
            url: direct_or_file(&URL, &URL_FILE, name, values),
            secret: direct_or_file(&SIGNING_SECRET, &SECRET_FILE, name, values),
            slack_channel: values.optional(&CHANNEL, name),
            token: direct_or_file(&TOKEN, &TOKEN_FILE, name, values),
            routing_key: direct_or_file(&ROUTING_KEY, &ROUTING_KEY_FILE, name, values),
            api: values.optional(&API_URL, name),
            members: values.optional(&MEMBERS, name),
            urgencies: values.optional(&URGENCIES, name),
            kinds: values.optional(&KINDS, name),
            title: values.optional(&TITLE, name),
            text: values.optional(&TEXT, name),
            fallback: values.optional(&FALLBACK, name),
            fallback_after: values.value(&FALLBACK_AFTER, name),
            ca_file: optional_path(&CA_FILE, name, values),
            effort: Effort {
                timeout: values.value(&TIMEOUT, name),
                expiry: values.value(&EXPIRY, name),
                max_per_minute: values.value(&MAX_PER_MINUTE, name),
            },
        }
    }

    /// Where the channel goes; `None` where something that it needs for that is missing or wrong.
    fn destination(
        &self,
        kind: Type,
        name: &str,
        source: &Source,
        values: &mut Values<'_>,
    ) -> Option<Destination> {
        let api = self.api.clone();
        match kind {
            Type::Log => Some(Destination::Log),
            Type::Webhook => {
                refuse_without(&URL.entry, Some(&URL_FILE.entry), name, source, values);
                Some(Destination::Webhook {
                    url: self.url.clone()?,
                    secret: self.secret.clone(),
                })
            }
            Type::Slack if is_by_webhook(name, values) => Some(Destination::SlackWebhook {
                url: self.url.clone()?,
            }),
            Type::Slack => {
                refuse_without(&CHANNEL.entry, None, name, source, values);
                refuse_without(&TOKEN.entry, Some(&TOKEN_FILE.entry), name, source, values);
                Some(Destination::Slack {
                    channel: self.slack_channel.clone()?,
                    token: self.token.clone()?,
                    api,
                })
            }
            Type::PagerDuty => {
                refuse_without(
                    &ROUTING_KEY.entry,
                    Some(&ROUTING_KEY_FILE.entry),
                    name,
                    source,
                    values,
                );
                Some(Destination::PagerDuty {
                    routing_key: self.routing_key.clone()?,
                    api,
                })
            }
            Type::Alertmanager => {
                refuse_without(&MEMBERS.entry, None, name, source, values);
                Some(Destination::Alertmanager {
                    members: self.members.clone()?,
                    token: self.token.clone(),
                })
            }
        }
    }
}

/// A field that the channel needs stands there, or the file for it does.
fn refuse_without(entry: &Entry, file: Option<&Entry>, name: &str, source: &Source, values: &mut Values<'_>) {
    let is_written = [Some(entry), file]
        .into_iter()
        .flatten()
        .any(|entry| values.source(entry, name).is_some());
    if is_written {
        return;
    }
    let hint = file
        .filter(|_| !entry.is_for_files())
        .map(|file| format!("put it into a file and name that in `{}`", path_of(file, name)));
    values.refuse(&path_of(entry, name), source, entry.expected, "nothing", hint);
}

/// Whether Slack is told by its incoming webhook. What a bot needs has no place beside that.
fn is_by_webhook(name: &str, values: &mut Values<'_>) -> bool {
    let is_written = |entry: &Entry, values: &Values<'_>| values.source(entry, name);
    let by_webhook = [&URL.entry, &URL_FILE.entry]
        .iter()
        .any(|entry| is_written(entry, values).is_some());
    if by_webhook {
        for entry in [&CHANNEL.entry, &TOKEN.entry, &TOKEN_FILE.entry, &API_URL.entry] {
            if let Some(source) = is_written(entry, values) {
                let field = path_of(entry, name);
                let hint = "an incoming webhook (`url`, `urlFile`) knows its channel and needs no token; leave one of the two out";
                values.refuse(
                    &field,
                    &source,
                    "no such field beside an incoming webhook",
                    "one",
                    hint.to_owned(),
                );
            }
        }
    }
    by_webhook
}

/// The urgencies and the kinds of news that go there where nobody says which.
fn news_of(destination: &Destination) -> (&'static [&'static str], Vec<&'static str>) {
    let urgent = &URGENCY_WORDS[1..];
    match destination {
        Destination::Log | Destination::Webhook { .. } | Destination::Slack { .. } => {
            (&URGENCY_WORDS, Vec::new())
        }
        // Each would be a message of its own.
        Destination::SlackWebhook { .. } => {
            let told = KIND_WORDS
                .into_iter()
                .filter(|kind| !matches!(*kind, "stepped" | "baking"));
            (urgent, told.collect())
        }
        Destination::PagerDuty { .. } => (&URGENCY_WORDS[2..], vec!["promoted"]),
        Destination::Alertmanager { .. } => (urgent, Vec::new()),
    }
}

/// What another type of channel has and this one has not.
fn refuse_fields_of_others(kind: Type, name: &str, values: &mut Values<'_>) {
    let of_a_channel = SECTION
        .entries
        .iter()
        .filter(|entry| entry.path.starts_with(CHANNELS));
    for entry in of_a_channel.filter(|entry| !kind.has(entry)) {
        if let Some(source) = values.source(entry, name) {
            let types: Vec<String> = Type::WORDS
                .iter()
                .filter(|(_, other)| other.has(entry))
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            let hint = format!("leave it out, or make the channel a {}", types.join(" or "));
            let expected = format!("no such field on a channel of type `{}`", kind.name());
            values.refuse(&path_of(entry, name), &source, expected, "one", hint);
        }
    }
}

/// A fallback is another channel that is there.
fn refuse_unknown_fallbacks(
    named: &BTreeMap<String, Source>,
    channels: &BTreeMap<String, Channel>,
    values: &mut Values<'_>,
) {
    for (name, channel) in channels {
        let Some((fallback, _)) = &channel.fallback else {
            continue;
        };
        let is_there = named.contains_key(fallback) || fallback == LOG;
        if is_there && fallback != name {
            continue;
        }
        let source = values.source(&FALLBACK.entry, name).unwrap_or(Source::Default);
        let others = named.keys().map(String::as_str).filter(|other| other != name);
        let hint = nearest(fallback, others).map(|near| format!("did you mean `{near}`?"));
        let field = path_of(&FALLBACK.entry, name);
        let found = if fallback == name {
            "the channel itself".to_owned()
        } else {
            format!("`{fallback}`, which is not configured")
        };
        values.refuse(&field, &source, FALLBACK.entry.expected, found, hint);
    }
}
