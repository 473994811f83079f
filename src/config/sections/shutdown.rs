//! `shutdown`: how Serin ends.

use std::time::Duration;

use super::{MINUTE, SECOND};
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::values::Values;

/// How Serin ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shutdown {
    /// How long it may drain before it stops anyway.
    pub timeout: Duration,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "shutdown",
    about: "How Serin ends after SIGTERM.",
    example_name: None,
    entries: &[&TIMEOUT.entry],
};

static TIMEOUT: Field<Duration> = Field {
    entry: Entry {
        path: "shutdown.timeout",
        // Kubernetes kills after 30 seconds by default.
        about: "How long it may drain before it stops anyway. A rollout goes on after the next start either way. Keep it below the \
                time after which the process would be killed.",
        expected: "a duration from `1s` to `10m`",
        unwritten: Unwritten::Is("25s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(SECOND..=10 * MINUTE),
    show: Show::AsWritten,
};

pub(in crate::config) fn shutdown(values: &mut Values<'_>) -> Shutdown {
    Shutdown {
        timeout: values.value(&TIMEOUT, ""),
    }
}
