//! `serin history`: what was.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::archive::{Archive, ArchiveArguments};
use super::{Exit, Output};
use crate::api::view::{DeliveryView, EventView, POLL, RolloutRowView};
use crate::driver::{Entry, Input, RolloutFilter};
use crate::engine::{Effect, Event, Outcome};
use crate::replay::counts::Export;

/// The version of the JSON lines.
const VERSION: u32 = 1;

/// Rollouts that are listed where nobody says how many.
const LIMIT: &str = "20";

/// What `serin history` takes.
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    /// A rollout's id: prints its journal. Without one, rollouts are listed, the newest first.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Print every entry: those too that say that time passed, or what was seen, and led to nothing.
    #[arg(long, requires = "id", conflicts_with_all = ["counts", "deliveries"])]
    all: bool,
    /// Print the rollout's counts, as `serin judge` reads them.
    #[arg(long, requires = "id")]
    counts: bool,
    /// Print who was told of the rollout, and how each delivery went.
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
    archive: ArchiveArguments,
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

/// Prints rollouts, or of one rollout its entries, its counts or its deliveries.
pub(super) async fn run(arguments: &HistoryArguments, output: Output) -> anyhow::Result<Exit> {
    let archive = Archive::open(&arguments.archive).await?;
    match &arguments.id {
        Some(id) if arguments.counts => counts(&archive, id).await?,
        Some(id) if arguments.deliveries => deliveries(&archive, id, output).await?,
        Some(id) => entries(&archive, id, arguments.all, output).await?,
        None => rollouts(&archive, arguments, output).await?,
    }
    archive.close().await;
    Ok(Exit::Done)
}

async fn counts(archive: &Archive, id: &str) -> anyhow::Result<()> {
    let mut export = Export::default();
    let exporting = archive.each_entry(id, |entry| {
        if let Some(line) = export.line(&entry)? {
            writeln!(io::stdout(), "{}", serde_json::to_string(&line)?)?;
        }
        Ok(())
    });
    exporting.await
}

async fn entries(archive: &Archive, id: &str, all: bool, output: Output) -> anyhow::Result<()> {
    let printing = archive.each_entry(id, |entry| match output {
        Output::Text if !all && is_routine(&entry) => Ok(()),
        Output::Text => {
            let event = EventView::try_from(&entry)?;
            Ok(writeln!(io::stdout(), "{}", entry_in_words(&event))?)
        }
        Output::Json => print_line(&entry),
    });
    printing.await
}

async fn deliveries(archive: &Archive, id: &str, output: Output) -> anyhow::Result<()> {
    let mut printed = 0;
    let printing = archive.each_delivery(id, |delivery| {
        printed += 1;
        match output {
            Output::Text => Ok(writeln!(io::stdout(), "{}", delivery_in_words(&delivery))?),
            Output::Json => print_line(&delivery),
        }
    });
    printing.await?;
    if printed == 0 {
        writeln!(
            io::stderr(),
            "{} has told nobody about a rollout {id}; a Canary names its channels in `spec.notify`",
            archive.place()
        )?;
    }
    Ok(())
}

async fn rollouts(archive: &Archive, arguments: &HistoryArguments, output: Output) -> anyhow::Result<()> {
    let (namespace, name) = match arguments.canary.as_deref().map(|canary| canary.split_once('/')) {
        Some(Some((namespace, name))) => (Some(namespace.to_owned()), Some(name.to_owned())),
        Some(None) => (None, arguments.canary.clone()),
        None => (None, None),
    };
    let filter = RolloutFilter {
        namespace,
        name,
        outcome: arguments.outcome.map(Into::into),
        since: None,
    };
    let mut left = arguments.limit;
    let mut cursor: Option<String> = None;
    let mut printed = 0;
    while left > 0 {
        let page = archive.rollouts(&filter, cursor.as_deref(), left).await?;
        left -= page.items.len().min(left);
        for row in &page.items {
            printed += 1;
            match output {
                Output::Text => writeln!(io::stdout(), "{}", in_words(row))?,
                Output::Json => print_line(row)?,
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if printed == 0 && output == Output::Text {
        writeln!(io::stderr(), "no rollout at {} fits", archive.place())?;
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

fn in_words(row: &RolloutRowView) -> String {
    let end = match (row.outcome, &row.ended_at) {
        (Some(outcome), Some(at)) => {
            let cause = row.cause.as_deref().unwrap_or_default();
            format!("{} {at}\n  {cause}", outcome.name())
        }
        _ => row.phase.to_string(),
    };
    format!(
        "{}  {}/{}  {}  started {}  {end}",
        row.id, row.namespace, row.name, row.revision, row.started_at
    )
}

/// Whether it tells of nothing but time, or of what was there to see, and nothing came of it.
fn is_routine(entry: &Entry) -> bool {
    let seen = matches!(
        entry.input,
        Input::Event(Event::Wake | Event::Traffic(_) | Event::Workload(_))
    );
    seen && entry.effects.iter().all(|effect| *effect == Effect::Poll)
}

/// Its number, its time, what happened, and what was wanted then.
fn entry_in_words(event: &EventView) -> String {
    // That a look was asked for is not worth a word.
    let wanted: Vec<&str> = event
        .wanted
        .iter()
        .map(String::as_str)
        .filter(|wanted| *wanted != POLL)
        .collect();
    let arrow = if wanted.is_empty() { "" } else { "  → " };
    format!(
        "{:>5}  {}  {}{arrow}{}",
        event.sequence,
        event.at,
        event.happened,
        wanted.join("; ")
    )
}

/// When it was decided, where it goes, how it stands, and what it says.
fn delivery_in_words(delivery: &DeliveryView) -> String {
    let tries = match delivery.attempts {
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    };
    let error = match &delivery.last_error {
        Some(error) => format!("  (last failure: {error})"),
        None => String::new(),
    };
    format!(
        "{}  {}  {} after {tries}  {}{error}",
        delivery.created_at,
        delivery.channel,
        delivery.state.name(),
        delivery.text
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
