//! `serin watch`: a rollout, live.

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use tokio::time::sleep;

use super::connection::{Connection, Unanswered};
use super::events::{Events, ServerEvent};
use super::{CanaryName, ServerArguments, look};
use crate::api::view::{NoticeEvent, StatusEvent};
use crate::cli::{Exit, Output};

/// Pause before a stream that broke is opened again: a daemon restarts within a second.
const PAUSE: Duration = Duration::from_secs(1);

/// What `serin watch` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    #[command(flatten)]
    server: ServerArguments,
}

/// Prints a line a look and a line a notice until the rollout has ended, and ends as it does. A daemon that goes away is waited
/// for.
pub(in crate::cli) async fn watch(arguments: &WatchArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.server)?;
    let CanaryName { namespace, name } = &arguments.canary;
    let path = format!("/api/v1/stream?namespace={namespace}&name={name}");
    // That there is such a Canary, and such a daemon.
    let _: serde_json::Value = connection.get(&arguments.canary.path()).await?;
    loop {
        match connection.stream(&path).await {
            Ok(response) => {
                let mut events = Events::of(response);
                // A stream that breaks is opened anew.
                while let Ok(Some(event)) = events.next().await {
                    if let Some(exit) = show(&event, output)? {
                        return Ok(exit);
                    }
                }
            }
            Err(error) if error.is::<Unanswered>() => {}
            Err(error) => return Err(error),
        }
        writeln!(io::stderr(), "the daemon is away; waiting for it")?;
        sleep(PAUSE).await;
    }
}

/// Shows an event, and says how the rollout ended if it has.
fn show(event: &ServerEvent, output: Output) -> anyhow::Result<Option<Exit>> {
    let mut stdout = io::stdout().lock();
    match event.name.as_str() {
        "status" => {
            let status: StatusEvent = serde_json::from_str(&event.data)?;
            if output == Output::Json {
                writeln!(stdout, "{{\"type\":\"status\",\"status\":{}}}", event.data)?;
            } else if status.looked || status.rollout.phase.is_final() {
                writeln!(stdout, "{}", look::line(&status.at, &status.rollout))?;
            }
            let ending = status.rollout.ending.filter(|_| status.rollout.phase.is_final());
            if let (Some(ending), Output::Text) = (&ending, output) {
                writeln!(stdout, "{}", ending.detail)?;
            }
            Ok(ending.map(|ending| ending.outcome.into()))
        }
        "notice" => {
            let notice: NoticeEvent = serde_json::from_str(&event.data)?;
            match output {
                Output::Json => writeln!(stdout, "{{\"type\":\"notice\",\"notice\":{}}}", event.data)?,
                Output::Text => writeln!(stdout, "{}  » {}", notice.at, notice.text)?,
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}
