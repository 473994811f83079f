//! `serin replay ID`: every decision of a rollout again, compared with the journal.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::archive::{Archive, ArchiveArguments};
use super::{Exit, Output};
use crate::replay::{Replay, ReplayError};

/// What `serin replay` takes.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// The rollout's id; `serin history` lists them.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    archive: ArchiveArguments,
}

/// Feeds the journal's inputs to a fresh engine. The first decision that differs is said, and ends it with 1.
pub(super) async fn run(arguments: &ReplayArguments, output: Output) -> anyhow::Result<Exit> {
    let archive = Archive::open(&arguments.archive).await?;
    let mut replay = Replay::default();
    let mut failed: Option<ReplayError> = None;
    // Entries that come while the replay reads are replayed too; the state is compared with the one that follows them.
    let replaying = archive.each_entry(&arguments.id, |entry| {
        if failed.is_none() {
            failed = replay.take(&entry).err();
        }
        Ok(())
    });
    replaying.await?;
    let stored = archive.state(&arguments.id).await?;
    archive.close().await;
    if let Some(error) = failed {
        if output == Output::Json {
            let difference = match &error {
                ReplayError::Differs(difference) => json!({
                    "sequence": difference.sequence,
                    "at": difference.at.to_string(),
                    "recorded": difference.recorded,
                    "replayed": difference.replayed,
                }),
                _ => json!(null),
            };
            let answer = json!({
                "decisions": replay.decisions(),
                "equal": false,
                "reason": error.to_string(),
                "difference": difference,
            });
            writeln!(io::stdout(), "{answer}")?;
            return Ok(Exit::Error);
        }
        bail!("{} decisions were equal; {error}", replay.decisions());
    }
    let number = replay.decisions();
    if let (Some(stored), Some(replayed)) = (stored, replay.rollout())
        && stored.next_sequence == number
        && !replayed.is_kept_as(&stored.rollout)?
    {
        bail!("{number} decisions, all equal, and the state after them is not the stored one");
    }
    match output {
        Output::Text => writeln!(io::stdout(), "{number} decisions, all equal")?,
        Output::Json => writeln!(io::stdout(), "{}", json!({"decisions": number, "equal": true}))?,
    }
    Ok(Exit::Done)
}
