//! `notify`: the fields of a channel. Those of where it goes are in `channel_places.rs`, those of what it takes in `channel_news.rs`.

use std::time::Duration;

use super::channel_news::{FALLBACK, FALLBACK_AFTER, KINDS, TEXT, TITLE, URGENCIES};
use super::channel_places::{
    API_URL, CA_FILE, CHANNEL, MEMBERS, ROUTING_KEY, ROUTING_KEY_FILE, SECRET_FILE, SIGNING_SECRET, TOKEN,
    TOKEN_FILE, URL, URL_FILE,
};
use super::whereabouts::{CLUSTER, DASHBOARD, GRAPH, ROLLOUT, RUNBOOK};
use super::{DAY, MINUTE, SECOND};
use crate::config::field::{Entry, Field, Section, Show, Unwritten};

pub(in crate::config) static SECTION: Section = Section {
    name: "notify",
    about: "Who is told. A Canary names the channels in its `notify`. The channel `log` is there unless you write another of that name.",
    example_name: Some("oncall"),
    entries: &[
        &CLUSTER.entry,
        &ROLLOUT.entry,
        &GRAPH.entry,
        &DASHBOARD.entry,
        &RUNBOOK.entry,
        &TYPE.entry,
        &URL.entry,
        &URL_FILE.entry,
        &SIGNING_SECRET.entry,
        &SECRET_FILE.entry,
        &CHANNEL.entry,
        &TOKEN.entry,
        &TOKEN_FILE.entry,
        &ROUTING_KEY.entry,
        &ROUTING_KEY_FILE.entry,
        &API_URL.entry,
        &MEMBERS.entry,
        &CA_FILE.entry,
        &URGENCIES.entry,
        &KINDS.entry,
        &TITLE.entry,
        &TEXT.entry,
        &FALLBACK.entry,
        &FALLBACK_AFTER.entry,
        &TIMEOUT.entry,
        &EXPIRY.entry,
        &MAX_PER_MINUTE.entry,
    ],
};

/// The types of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A request to somebody's server.
    Webhook,
    /// A Slack channel.
    Slack,
    /// Incidents and changes of a PagerDuty service.
    PagerDuty,
    /// Alerts of an Alertmanager.
    Alertmanager,
    /// A line in Serin's own log.
    Log,
}

impl Type {
    /// Every type, by its word.
    pub(super) const WORDS: [(&'static str, Self); 5] = [
        ("webhook", Self::Webhook),
        ("slack", Self::Slack),
        ("pagerduty", Self::PagerDuty),
        ("alertmanager", Self::Alertmanager),
        ("log", Self::Log),
    ];

    /// Its word.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::PagerDuty => "pagerduty",
            Self::Alertmanager => "alertmanager",
            Self::Log => "log",
        }
    }

    /// Whether a channel of this type has the field.
    pub(super) fn has(self, entry: &Entry) -> bool {
        let key = entry.path.rsplit('.').next().unwrap_or_default();
        match key {
            "type" | "urgencies" | "kinds" => true,
            "caFile" | "fallback" | "fallbackAfter" | "timeout" | "expiry" | "maxPerMinute" => {
                self != Self::Log
            }
            "title" | "text" => !matches!(self, Self::Log | Self::Webhook),
            "url" | "urlFile" => matches!(self, Self::Webhook | Self::Slack),
            "secret" | "secretFile" => self == Self::Webhook,
            "channel" => self == Self::Slack,
            "token" | "tokenFile" => matches!(self, Self::Slack | Self::Alertmanager),
            "routingKey" | "routingKeyFile" => self == Self::PagerDuty,
            "apiUrl" => matches!(self, Self::Slack | Self::PagerDuty),
            "members" => self == Self::Alertmanager,
            _ => false,
        }
    }
}

pub(super) static TYPE: Field<Type> = Field {
    entry: Entry {
        path: "notify.channels.*.type",
        about: "An HTTP request with the notification (CloudEvents as JSON); a Slack channel; incidents and changes in PagerDuty; \
                alerts in an Alertmanager; or a line in Serin's log.",
        expected: "one of `webhook`, `slack`, `pagerduty`, `alertmanager`, `log`",
        unwritten: Unwritten::Nothing("webhook"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&Type::WORDS),
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
        about: "How many there may be in a minute; more wait. Slack asks for one a second at most, and says so when it is too much.",
        expected: "a whole number from 1 to 6000",
        unwritten: Unwritten::Is("600"),
        short_flag: None,
    },
    read: |scalar| scalar.count(1..=6_000),
    show: Show::AsWritten,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_belongs_to_some_type_and_every_type_has_its_word() {
        let of_a_channel = SECTION.entries.iter().filter(|entry| entry.path.contains('*'));
        for entry in of_a_channel {
            let has = |(_, one): &&(&str, Type)| one.has(entry);
            assert!(Type::WORDS.iter().any(|word| has(&word)), "{}", entry.path);
        }
        for (word, one) in Type::WORDS {
            assert_eq!(one.name(), word);
        }
    }
}
