//! `notify`: the fields of a channel.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::webhook_url::{WebhookUrl, webhook_url};
use super::{DAY, MINUTE, SECOND};
use crate::config::apart::{SECRET, secret};
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::Scalar;

pub(in crate::config) static SECTION: Section = Section {
    name: "notify",
    about: "Who is told. A Canary names the channels in its `notify`. The channel `log` is there unless you write another of that name.",
    example_name: Some("oncall"),
    entries: &[
        &TYPE.entry,
        &URL.entry,
        &URL_FILE.entry,
        &SIGNING_SECRET.entry,
        &SECRET_FILE.entry,
        &TIMEOUT.entry,
        &EXPIRY.entry,
        &MAX_PER_MINUTE.entry,
    ],
};

/// The types of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A request to somebody's server.
    Webhook,
    /// A line in Serin's own log.
    Log,
}

pub(super) static TYPE: Field<Type> = Field {
    entry: Entry {
        path: "notify.channels.*.type",
        about: "An HTTP request with the notification (CloudEvents as JSON), or a line in Serin's log. `log` has no other fields.",
        expected: "one of `webhook`, `log`",
        unwritten: Unwritten::Nothing("webhook"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&[("webhook", Type::Webhook), ("log", Type::Log)]),
    show: Show::AsWritten,
};

pub(super) static URL: Field<WebhookUrl> = Field {
    entry: Entry {
        path: "notify.channels.*.url",
        about: "Where it goes. Where the path is a secret, put it into a file.",
        expected: "an address such as `https://hooks.example.com/serin`",
        unwritten: Unwritten::Nothing("https://hooks.example.com/serin"),
        short_flag: None,
    },
    read: webhook_url,
    show: Show::As(ToString::to_string),
};

pub(super) static URL_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "notify.channels.*.urlFile",
        about: "A file that holds the address and nothing else.",
        expected: "the path of a file that holds the address",
        unwritten: Unwritten::Other("/run/secrets/serin-oncall-url"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static SIGNING_SECRET: Field<SecretString> = Field {
    entry: Entry {
        path: "notify.channels.*.secret",
        about: "What signs each request (HMAC-SHA256, as Standard Webhooks has it). After `whsec_` stands the key in base64, as its \
                libraries take it; any other text is the key itself.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

pub(super) static SECRET_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "notify.channels.*.secretFile",
        about: "A file that holds that secret and nothing else. Without one, requests are not signed.",
        expected: "the path of a file that holds the secret",
        unwritten: Unwritten::Nothing("/run/secrets/serin-oncall-secret"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static TIMEOUT: Field<Duration> = Field {
    entry: Entry {
        path: "notify.channels.*.timeout",
        about: "How long one attempt may take.",
        expected: "a duration from `1s` to `1m`",
        unwritten: Unwritten::Is("10s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(SECOND..=MINUTE),
    show: Show::AsWritten,
};

pub(super) static EXPIRY: Field<Duration> = Field {
    entry: Entry {
        path: "notify.channels.*.expiry",
        about: "After so long Serin gives a notification up.",
        expected: "a duration from `1m` to `7d`",
        unwritten: Unwritten::Is("24h"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(MINUTE..=7 * DAY),
    show: Show::AsWritten,
};

pub(super) static MAX_PER_MINUTE: Field<u64> = Field {
    entry: Entry {
        path: "notify.channels.*.maxPerMinute",
        about: "How many requests there may be in a minute; more wait.",
        expected: "a whole number from 1 to 6000",
        unwritten: Unwritten::Is("600"),
        short_flag: None,
    },
    read: |scalar| scalar.count(1..=6_000),
    show: Show::AsWritten,
};
