//! `notify`: the fields of where a channel goes, and of who may go there.

use std::path::PathBuf;

use secrecy::SecretString;

use super::webhook_url::{WebhookUrl, webhook_url, webhook_urls};
use crate::config::apart::{SECRET, secret};
use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::{Form, Scalar, Unfit};

/// Length of a channel's id or name: Slack takes names of 80 characters.
const MAX_CHANNEL_CHARS: usize = 81;

pub(super) static URL: Field<WebhookUrl> = Field {
    entry: Entry {
        path: "notify.channels.*.url",
        about: "Where a `webhook` goes, or Slack's incoming webhook. Where the path is a secret, put it into a file.",
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
        about: "What signs each request of a `webhook` (HMAC-SHA256, as Standard Webhooks has it). After `whsec_` stands the key in base64, as its \
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

pub(super) static CHANNEL: Field<String> = Field {
    entry: Entry {
        path: "notify.channels.*.channel",
        about: "The Slack channel that a bot tells.",
        expected: "a channel's id such as `C0123456789`, or its name such as `#deploys`",
        unwritten: Unwritten::Other("C0123456789"),
        short_flag: None,
    },
    read: slack_channel,
    show: Show::AsWritten,
};

pub(super) static TOKEN: Field<SecretString> = Field {
    entry: Entry {
        path: "notify.channels.*.token",
        about: "The token of Slack's bot (`xoxb-…`, with the scope `chat:write`), or a bearer token where something in front of an \
                Alertmanager asks for one.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

pub(super) static TOKEN_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "notify.channels.*.tokenFile",
        about: "A file that holds that token and nothing else.",
        expected: "the path of a file that holds the token",
        unwritten: Unwritten::Other("/run/secrets/serin-slack-token"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static ROUTING_KEY: Field<SecretString> = Field {
    entry: Entry {
        path: "notify.channels.*.routingKey",
        about: "The integration key of a PagerDuty service, of an integration of the type `Events API v2`.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

pub(super) static ROUTING_KEY_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "notify.channels.*.routingKeyFile",
        about: "A file that holds that key and nothing else.",
        expected: "the path of a file that holds the key",
        unwritten: Unwritten::Other("/run/secrets/serin-pagerduty-key"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static API_URL: Field<WebhookUrl> = Field {
    entry: Entry {
        path: "notify.channels.*.apiUrl",
        about: "Where Slack's methods are, if not at `https://slack.com/api`, or PagerDuty's events go, if not to \
                `https://events.pagerduty.com`.",
        expected: "an address such as `https://events.eu.pagerduty.com`",
        unwritten: Unwritten::Other("https://events.eu.pagerduty.com"),
        short_flag: None,
    },
    read: webhook_url,
    show: Show::As(ToString::to_string),
};

pub(super) static MEMBERS: Field<Vec<WebhookUrl>> = Field {
    entry: Entry {
        path: "notify.channels.*.members",
        about: "Every member of the Alertmanager's cluster: each is told.",
        expected: "one address or more, with spaces between them, such as `http://alertmanager-0:9093 http://alertmanager-1:9093`",
        unwritten: Unwritten::Other("http://alertmanager-0:9093 http://alertmanager-1:9093"),
        short_flag: None,
    },
    read: webhook_urls,
    show: Show::As(|members| {
        let members: Vec<String> = members.iter().map(ToString::to_string).collect();
        members.join(" ")
    }),
};

pub(super) static CA_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "notify.channels.*.caFile",
        about: "A PEM file of the authorities that are trusted, in place of the system's. It is read again when it changes.",
        expected: "the path of a file with certificates",
        unwritten: Unwritten::Nothing("/run/secrets/serin-oncall-ca.crt"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

/// Reads the id or the name of a Slack channel.
fn slack_channel(scalar: &Scalar) -> Result<String, Unfit> {
    let text = scalar.text.as_str();
    let fits =
        !text.is_empty() && text.chars().count() <= MAX_CHANNEL_CHARS && !text.contains(char::is_whitespace);
    if scalar.form == Form::YamlOther || !fits {
        return Err(Unfit::hint(
            "a name begins with `#`, and stands in quotes in a file",
        ));
    }
    Ok(text.to_owned())
}
