//! `serin wait`: for pipelines that go on once a rollout has ended.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, Unanswered};
use super::show::in_a_line;
use super::{CanaryName, ServerArguments};
use crate::api::view::{CanaryDetail, HoldView, RolloutView};
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
    /// Wait until the newest rollout is of this revision, however late somebody starts it, and then for its end. Without it the rollout
    /// that is there counts, also one that has ended.
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

impl WaitArguments {
    /// Whether `rollout` is the one that is waited for.
    fn means(&self, rollout: &RolloutView) -> bool {
        self.revision
            .as_ref()
            .is_none_or(|revision| *revision == rollout.revision)
    }
}

/// Waits until the rollout has ended, and ends as it does: 0 promoted, 3 aborted, 4 inconclusive. One that passed its deadline and
/// holds is inconclusive for whoever waits.
pub(in crate::cli) async fn wait(arguments: &WaitArguments, output: Output) -> anyhow::Result<Exit> {
    let waiting = ended(arguments);
    let rollout = match arguments.timeout {
        Some(patience) => match timeout(patience, waiting).await {
            Ok(ended) => ended?,
            Err(_) => {
                let what = match &arguments.revision {
                    Some(revision) => format!("{} of {revision}", arguments.canary),
                    None => arguments.canary.to_string(),
                };
                writeln!(io::stderr(), "{what} has not ended in that time")?;
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
                match canary.rollout {
                    Some(rollout) if arguments.means(&rollout) && has_ended(&rollout) => return Ok(rollout),
                    None if arguments.revision.is_none() => bail!(
                        "{} has no rollout\n  hint: `serin start {}` begins one, and `--revision` waits until somebody does",
                        arguments.canary,
                        arguments.canary
                    ),
                    Some(_) | None => {}
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

/// Whether there is nothing more to wait for.
fn has_ended(rollout: &RolloutView) -> bool {
    let timed_out = |hold: &HoldView| hold.reason == HoldReason::Deadline;
    rollout.phase.is_final() || rollout.holds.iter().any(timed_out)
}
