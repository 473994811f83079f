//! `notify`: the fields of what a channel takes, how it is worded, and who gets it otherwise.

use std::time::Duration;

use super::{DAY, MINUTE};
use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::{Form, Scalar, Unfit, meant};
use crate::document::shown;

/// How urgent news is, the least urgent first.
pub(super) const URGENCY_WORDS: [&str; 3] = ["info", "warning", "page"];

/// What news there is.
pub(super) const KIND_WORDS: [&str; 13] = [
    "started",
    "stepped",
    "holding",
    "hold-over",
    "baking",
    "promoted",
    "aborted",
    "inconclusive",
    "rollback-unconfirmed",
    "rollback-confirmed",
    "stable-not-restored",
    "stable-restored",
    "rolled-back",
];

/// Length of a template: some pages.
const MAX_TEMPLATE_BYTES: usize = 16 << 10;

pub(super) static URGENCIES: Field<Vec<&'static str>> = Field {
    entry: Entry {
        path: "notify.channels.*.urgencies",
        about: "News of these urgencies is told, whatever it is. Without this it is `page` for `pagerduty`, `page, warning` for \
                `alertmanager` and for Slack's incoming webhook, and all for the rest.",
        expected: "some of `info`, `warning`, `page`, or `none`",
        unwritten: Unwritten::Nothing("info, warning, page"),
        short_flag: None,
    },
    read: |scalar| list(scalar, &URGENCY_WORDS),
    show: Show::AsWritten,
};

pub(super) static KINDS: Field<Vec<&'static str>> = Field {
    entry: Entry {
        path: "notify.channels.*.kinds",
        about: "News of these kinds is told as well, however urgent. Without this it is `promoted` for `pagerduty` (as a change, which \
                calls nobody), all but `stepped` and `baking` for Slack's incoming webhook, and `none` for the rest.",
        expected: "some of `started`, `stepped`, `holding`, `hold-over`, `baking`, `promoted`, `aborted`, `inconclusive`, \
                   `rollback-unconfirmed`, `rollback-confirmed`, `stable-not-restored`, `stable-restored`, `rolled-back`, or `none`",
        unwritten: Unwritten::Nothing("promoted, aborted"),
        short_flag: None,
    },
    read: |scalar| list(scalar, &KIND_WORDS),
    show: Show::AsWritten,
};

pub(super) static TITLE: Field<String> = Field {
    entry: Entry {
        path: "notify.channels.*.title",
        about: "A template (minijinja) of your own for the title of a message, PagerDuty's and Alertmanager's summary. It knows \
                `namespace`, `name`, `rollout`, `kind`, `urgency`, `page`, `title`, `text`, `time`, `channel`, `instead_of`, `weight`, \
                `reason`, `outcome`, `cluster`, `revision`, `from`, `step`, `steps`, `verdict`, `table`, `traffic`, `exposure` and `commands`.",
        expected: "a template of at most 16 KiB, such as `{{ name }}: {{ kind }}`",
        unwritten: Unwritten::Other("'{{ namespace }}/{{ name }}: {{ kind }}'"),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

pub(super) static TEXT: Field<String> = Field {
    entry: Entry {
        path: "notify.channels.*.text",
        about: "The same for what there is to say.",
        expected: "a template of at most 16 KiB, such as `{{ text }} Runbook: https://wiki.example.com/{{ name }}`",
        unwritten: Unwritten::Other("'{{ text }} Runbook: https://wiki.example.com/{{ name }}'"),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

pub(super) static FALLBACK: Field<String> = Field {
    entry: Entry {
        path: "notify.channels.*.fallback",
        about: "The channel that is told what this one has not taken in time.",
        expected: "the name of another channel",
        unwritten: Unwritten::Nothing("log"),
        short_flag: None,
    },
    read: Scalar::name,
    show: Show::AsWritten,
};

pub(super) static FALLBACK_AFTER: Field<Duration> = Field {
    entry: Entry {
        path: "notify.channels.*.fallbackAfter",
        about: "How long after the decision. What is refused for good goes there within seconds.",
        expected: "a duration from `10s` to `1d`",
        unwritten: Unwritten::Is("5m"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(MINUTE / 6..=DAY),
    show: Show::AsWritten,
};

/// Reads some of `words`.
fn list(scalar: &Scalar, words: &'static [&'static str]) -> Result<Vec<&'static str>, Unfit> {
    if scalar.text.trim() == "none" {
        return Ok(Vec::new());
    }
    let separate = |c: char| c == ',' || c.is_whitespace();
    let written = scalar.text.split(separate).filter(|word| !word.is_empty());
    let mut list = Vec::new();
    for word in written {
        let Some(known) = words.iter().find(|known| **known == word) else {
            return Err(Unfit {
                found: Some(format!("`{}`", shown(word))),
                hint: meant(word, words.iter().copied()),
                ..Unfit::default()
            });
        };
        list.push(*known);
    }
    if list.is_empty() {
        return Err(Unfit::hint("`none` stands for none of them"));
    }
    Ok(list)
}

/// Reads a template. Whether it works is for whoever knows the news to say.
pub(super) fn template(scalar: &Scalar) -> Result<String, Unfit> {
    match scalar.text.len() {
        _ if scalar.form == Form::YamlOther => Err(Unfit::hint("put it in quotes")),
        0 => Err(Unfit::found("nothing")),
        1..=MAX_TEMPLATE_BYTES => Ok(scalar.text.clone()),
        bytes => Err(Unfit::found(format!("one of {bytes} bytes"))),
    }
}
