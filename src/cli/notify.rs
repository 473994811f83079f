//! `serin notify test CHANNEL`: whether news arrives, with this configuration, now.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{Exit, Output, stored};
use crate::app::{self, Trial};
use crate::config::Flags;
use crate::engine::Urgency;

/// What `serin notify` takes.
#[derive(Debug, Args)]
pub(super) struct NotifyArguments {
    #[command(subcommand)]
    command: NotifyCommand,
}

/// What there is to do with channels.
#[derive(Debug, Subcommand)]
enum NotifyCommand {
    /// Send a test through a channel of the configuration, once and whatever news it takes, and say what became of it; what it opens
    /// there is closed at once (PagerDuty), or ends after four minutes (Alertmanager). Ends with 1 where it was not taken.
    Test(TestArguments),
}

/// What `serin notify test` takes.
#[derive(Debug, Args)]
struct TestArguments {
    /// The channel's name in the configuration.
    #[arg(value_name = "CHANNEL")]
    channel: String,
    /// How urgent it is said to be. PagerDuty calls somebody for a page and a warning; `info` is a change event there.
    #[arg(long, value_enum, default_value_t)]
    urgency: Urgent,
    /// The configuration file [default: serin.yaml, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How urgent a test is said to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Urgent {
    /// Nobody is needed.
    Info,
    /// Somebody should look.
    #[default]
    Warning,
    /// Somebody is needed now.
    Page,
}

impl From<Urgent> for Urgency {
    fn from(urgent: Urgent) -> Self {
        match urgent {
            Urgent::Info => Self::Info,
            Urgent::Warning => Self::Warning,
            Urgent::Page => Self::Page,
        }
    }
}

/// Does what was asked for.
pub(super) async fn run(arguments: &NotifyArguments, output: Output) -> anyhow::Result<Exit> {
    let NotifyCommand::Test(arguments) = &arguments.command;
    let config = stored::configuration(&arguments.config.clone().map(Flags::config).unwrap_or_default())?;
    let trial = app::try_channel(&config, &arguments.channel, arguments.urgency.into()).await?;
    print(&arguments.channel, &trial, output)?;
    Ok(match trial.refused {
        None => Exit::Done,
        Some(_) => Exit::Error,
    })
}

fn print(channel: &str, trial: &Trial, output: Output) -> io::Result<()> {
    let Trial {
        key,
        took,
        refused,
        was_closed,
    } = trial;
    let is_final = refused.as_ref().map(|error| error.is_final());
    if output == Output::Json {
        let told = json!({
            "channel": channel,
            "key": key,
            "delivered": refused.is_none(),
            "closed": was_closed,
            "milliseconds": took.as_millis() as u64,
            "error": refused.as_ref().map(ToString::to_string),
            "final": is_final,
        });
        return writeln!(io::stdout().lock(), "{told}");
    }
    let milliseconds = took.as_millis();
    match (refused, is_final) {
        (None, _) => {
            let closed = if *was_closed {
                ", and what it opened is closed"
            } else {
                ""
            };
            writeln!(
                io::stdout().lock(),
                "{channel}: delivered in {milliseconds} ms{closed} ({key})"
            )
        }
        (Some(error), is_final) => {
            let then = if is_final == Some(true) {
                "news would be given up"
            } else {
                "news would be tried again"
            };
            writeln!(
                io::stderr().lock(),
                "error: {channel}: not delivered after {milliseconds} ms: {error}\n  {then}"
            )
        }
    }
}
