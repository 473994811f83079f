//! `log`: what is written to stderr.

use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::values::Values;

/// What is written to stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The least that is written.
    pub level: LogLevel,
    /// How a line looks.
    pub format: LogFormat,
}

/// The least that is written; each level holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Somebody has to act.
    Error,
    /// Somebody may have to act.
    Warn,
    /// Every decision, and what the daemon itself does.
    Info,
    /// Every look.
    Debug,
    /// Everything.
    Trace,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "log",
    about: "What is written to stderr.",
    example_name: None,
    entries: &[&LEVEL.entry, &FORMAT.entry],
};

static LEVEL: Field<LogLevel> = Field {
    entry: Entry {
        path: "log.level",
        about: "The least that is written; every decision is at `info`.",
        expected: "one of `error`, `warn`, `info`, `debug`, `trace`",
        unwritten: Unwritten::Is("info"),
        short_flag: None,
    },
    read: |scalar| {
        scalar.word(&[
            ("error", LogLevel::Error),
            ("warn", LogLevel::Warn),
            ("info", LogLevel::Info),
            ("debug", LogLevel::Debug),
            ("trace", LogLevel::Trace),
        ])
    },
    show: Show::AsWritten,
};

static FORMAT: Field<LogFormat> = Field {
    entry: Entry {
        path: "log.format",
        about: "For people, or one JSON object a line.",
        expected: "one of `text`, `json`",
        unwritten: Unwritten::Is("text"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&[("text", LogFormat::Text), ("json", LogFormat::Json)]),
    show: Show::AsWritten,
};

pub(in crate::config) fn log(values: &mut Values<'_>) -> Log {
    Log {
        level: values.value(&LEVEL, ""),
        format: values.value(&FORMAT, ""),
    }
}
