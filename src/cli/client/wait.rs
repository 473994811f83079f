//! `serin wait`: for pipelines that go on once a rollout has ended.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, Unanswered};
use super::show::in_a_line;
use super::{CanaryName, ServerArguments};
use crate::api::view::{CanaryDetail, RolloutView};
use crate::cli::{Exit, Output};
use crate::clock::Stopwatch;
use crate::engine::HoldReason;

/// Between two questions: an end is news for minutes, not for milliseconds.
const PAUSE: Duration = Duration::from_secs(1);

/// A daemon that is away for longer does not come back by itself.
const AWAY_MAX: Duration = Duration::from_secs(5 * 60);

/// What `serin wait` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct WaitArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    /// Wait no longer than this, and then end with 4.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    server: ServerArguments,
}

/// Waits until the rollout has ended, and ends as it does: 0 promoted, 3 aborted, 4 inconclusive. One that passed its deadline and
/// holds is inconclusive for whoever waits.
pub(in crate::cli) async fn wait(arguments: &WaitArguments, output: Output) -> anyhow::Result<Exit> {
    let waiting = ended(arguments);
    let rollout = match arguments.timeout {
        Some(patience) => match timeout(patience, waiting).await {
            Ok(ended) => ended?,
            Err(_) => {
                writeln!(io::stderr(), "{} has not ended in that time", arguments.canary)?;
                return Ok(Exit::Inconclusive);
            }
        },
        None => waiting.await?,
    };
    match output {
        Output::Json => writeln!(io::stdout(), "{}", serde_json::to_string(&rollout)?)?,
        Output::Text => writeln!(io::stdout(), "{}", in_a_line(&rollout))?,
    }
    Ok(match &rollout.ending {
        Some(ending) => ending.outcome.into(),
        None => Exit::Inconclusive,
    })
}

async fn ended(arguments: &WaitArguments) -> anyhow::Result<RolloutView> {
    let connection = Connection::new(&arguments.server)?;
    let mut away: Option<Stopwatch> = None;
    let mut answered = false;
    loop {
        match connection.get::<CanaryDetail>(&arguments.canary.path()).await {
            Ok(CanaryDetail { canary, .. }) => {
                (away, answered) = (None, true);
                let Some(rollout) = canary.rollout else {
                    bail!(
                        "{} has no rollout\n  hint: `serin start {}` begins one",
                        arguments.canary,
                        arguments.canary
                    );
                };
                let timed_out = rollout
                    .holds
                    .iter()
                    .any(|hold| hold.reason == HoldReason::Deadline);
                if rollout.phase.is_final() || timed_out {
                    return Ok(rollout);
                }
            }
            Err(error) if answered && error.is::<Unanswered>() => {
                if away.get_or_insert_with(Stopwatch::start).elapsed() > AWAY_MAX {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        sleep(PAUSE).await;
    }
}
