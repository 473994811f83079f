//! `serin history`: what was, read from the store itself.

mod words;

use std::io::{self, Write};

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Exit, Output, stored};
use crate::config::Flags;
use crate::driver::Entry;
use crate::engine::Outcome;
use crate::replay::counts::Export;
use crate::store::{Database, Filter, RolloutRow};

/// The version of the JSON lines.
const VERSION: u32 = 1;

/// Rollouts that are listed where nobody says how many.
const LIMIT: &str = "20";

/// What `serin history` takes.
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    /// A rollout's id: prints every entry of its journal. Without one, rollouts are listed, the newest first.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Print the rollout's counts, as `serin judge` reads them.
    #[arg(long, requires = "id")]
    counts: bool,
    /// Print the rollout's deliveries: who was told what, and how it went.
    #[arg(long, requires = "id", conflicts_with = "counts")]
    deliveries: bool,
    /// Only rollouts of the Canaries of this name, or of this NAMESPACE/NAME.
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    canary: Option<String>,
    /// Only rollouts that ended so.
    #[arg(long, value_enum, conflicts_with = "id")]
    outcome: Option<OutcomeWord>,
    /// How many rollouts at most.
    #[arg(long, value_name = "N", default_value = LIMIT, conflicts_with = "id")]
    limit: usize,
    #[command(flatten)]
    flags: Flags,
}

/// How a rollout ended, as one writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutcomeWord {
    Promoted,
    Aborted,
    Inconclusive,
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a, T> {
    version: u32,
    #[serde(flatten)]
    content: &'a T,
}

/// Prints rollouts, a rollout's entries, its deliveries, or its counts.
pub(super) async fn run(arguments: &HistoryArguments, output: Output) -> anyhow::Result<Exit> {
    let database = stored::database(&arguments.flags).await?;
    match &arguments.id {
        Some(id) if arguments.counts => counts(&database, id).await?,
        Some(id) if arguments.deliveries => deliveries(&database, id, output).await?,
        Some(id) => entries(&database, id, output).await?,
        None => rollouts(&database, arguments, output).await?,
    }
    database.close().await;
    Ok(Exit::Done)
}

async fn counts(database: &Database, id: &str) -> anyhow::Result<()> {
    let mut export = Export::default();
    stored::each_entry(database, id, |entry| {
        if let Some(line) = export.line(&entry)? {
            writeln!(io::stdout(), "{}", serde_json::to_string(&line)?)?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

async fn entries(database: &Database, id: &str, output: Output) -> anyhow::Result<()> {
    stored::each_entry(database, id, |entry: Entry| {
        match output {
            Output::Text => writeln!(io::stdout(), "{}", words::entry(&entry))?,
            Output::Json => print_line(&entry)?,
        }
        Ok(())
    })
    .await?;
    Ok(())
}

async fn deliveries(database: &Database, id: &str, output: Output) -> anyhow::Result<()> {
    if database.stored(id).await?.is_none() {
        bail!(stored::no_such_rollout(database, id));
    }
    let mut after: Option<String> = None;
    loop {
        let page = database.deliveries(id, after.as_deref(), stored::PAGE).await?;
        for delivery in &page.items {
            match output {
                Output::Text => writeln!(io::stdout(), "{}", words::delivery(delivery))?,
                Output::Json => print_line(delivery)?,
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn rollouts(database: &Database, arguments: &HistoryArguments, output: Output) -> anyhow::Result<()> {
    let (namespace, name) = match arguments.canary.as_deref().map(|canary| canary.split_once('/')) {
        Some(Some((namespace, name))) => (Some(namespace.to_owned()), Some(name.to_owned())),
        Some(None) => (None, arguments.canary.clone()),
        None => (None, None),
    };
    let filter = Filter {
        namespace,
        name,
        outcome: arguments.outcome.map(Into::into),
        since: None,
    };
    let mut left = arguments.limit;
    let mut after = None;
    let mut printed = 0;
    while left > 0 {
        let page = database.rollouts(&filter, after.as_ref(), left).await?;
        left -= page.items.len().min(left);
        for row in &page.items {
            printed += 1;
            match output {
                Output::Text => writeln!(io::stdout(), "{}", in_words(row))?,
                Output::Json => print_line(row)?,
            }
        }
        match page.next {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    if printed == 0 && output == Output::Text {
        bail!("no rollout in {} fits", database.place());
    }
    Ok(())
}

fn print_line(content: &impl Serialize) -> anyhow::Result<()> {
    let line = Line {
        version: VERSION,
        content,
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&line)?)?;
    Ok(())
}

fn in_words(row: &RolloutRow) -> String {
    let end = match (row.outcome, row.ended_at) {
        (Some(outcome), Some(at)) => format!("{} {at}", outcome.name()),
        _ => row.phase.to_string(),
    };
    format!(
        "{}  {}/{}  {}  started {}  {end}",
        row.id, row.namespace, row.name, row.revision, row.started_at
    )
}

impl From<OutcomeWord> for Outcome {
    fn from(word: OutcomeWord) -> Self {
        match word {
            OutcomeWord::Promoted => Self::Promoted,
            OutcomeWord::Aborted => Self::Aborted,
            OutcomeWord::Inconclusive => Self::Inconclusive,
        }
    }
}
