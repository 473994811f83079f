//! `serin start`, `pause`, `resume`, `approve`, `promote` and `abort`.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use futures::{StreamExt, stream};

use super::connection::Connection;
use super::show::in_a_line;
use super::{By, CanaryName, ServerArguments, canaries};
use crate::api::view::{AbortRequest, CommandAnswer, CommandRequest, StartRequest};
use crate::cli::{Exit, Output};
use crate::engine::Phase;

/// Aborts under way at once, so that one that hangs delays no other; the API takes more.
const AT_ONCE: usize = 16;

/// What `serin start` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct StartArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    /// What is rolled out, in the words of whoever builds it.
    #[arg(long)]
    revision: Option<String>,
    /// What stable runs, in the same words; without it, what was promoted last.
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,
    #[command(flatten)]
    asking: Asking,
    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What a command to a rollout takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct ActArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

/// What `serin abort` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct AbortArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    canary: Option<CanaryName>,
    /// Every rollout that is under way.
    #[arg(long)]
    all: bool,
    /// Why; the journal keeps it. Nobody who needs an abort has to look for words first.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
struct Asking {
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    server: ServerArguments,
}

impl Asking {
    fn by(&self) -> Option<String> {
        Some(self.by.name())
    }
}

/// Starts a rollout.
pub(in crate::cli) async fn start(arguments: &StartArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.asking.server)?;
    let request = StartRequest {
        reason: arguments.reason.clone(),
        by: arguments.asking.by(),
        revision: arguments.revision.clone(),
        from: arguments.from.clone(),
    };
    let path = format!("{}/start", arguments.canary.path());
    answered(&connection.post(&path, &request).await?, output)
}

/// Gives a command by its word in the API.
pub(in crate::cli) async fn act(
    word: &str,
    arguments: &ActArguments,
    output: Output,
) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.asking.server)?;
    let request = CommandRequest {
        reason: arguments.reason.clone(),
        by: arguments.asking.by(),
    };
    let path = format!("{}/{word}", arguments.canary.path());
    answered(&connection.post(&path, &request).await?, output)
}

/// Aborts one rollout, or all of them. One that cannot be aborted keeps no other from it.
pub(in crate::cli) async fn abort(arguments: &AbortArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.asking.server)?;
    let request = AbortRequest {
        reason: arguments.reason.clone(),
        by: arguments.asking.by(),
    };
    let canaries = match &arguments.canary {
        Some(canary) => vec![canary.clone()],
        None => under_way(&connection).await?,
    };
    let aborting = canaries.iter().map(|canary| {
        let (connection, request) = (&connection, &request);
        async move {
            let path = format!("{}/abort", canary.path());
            (canary, connection.post(&path, request).await)
        }
    });
    if canaries.is_empty() {
        writeln!(io::stderr(), "nothing is under way")?;
    }
    let mut failed = Vec::new();
    let mut aborting = stream::iter(aborting).buffer_unordered(AT_ONCE);
    while let Some((canary, aborted)) = aborting.next().await {
        match aborted {
            Ok(answer) => drop(answered(&answer, output)?),
            Err(error) => failed.push(format!("{canary}: {error:#}")),
        }
    }
    if failed.is_empty() {
        return Ok(Exit::Done);
    }
    bail!("not aborted: {}", failed.join("\n"));
}

/// The Canaries with a rollout that has not ended.
async fn under_way(connection: &Connection) -> anyhow::Result<Vec<CanaryName>> {
    let mut found = Vec::new();
    let finding = canaries::each_page(connection, |page| {
        let live = page.items.into_iter().filter(|canary| {
            let rollout = canary.rollout.as_ref();
            rollout.is_some_and(|rollout| !rollout.phase.is_final())
        });
        found.extend(live.map(|canary| CanaryName {
            namespace: canary.namespace,
            name: canary.name,
        }));
        Ok(())
    });
    finding.await?;
    Ok(found)
}

fn answered(answer: &CommandAnswer, output: Output) -> anyhow::Result<Exit> {
    let mut stdout = io::stdout().lock();
    match output {
        Output::Json => writeln!(stdout, "{}", serde_json::to_string(answer)?)?,
        Output::Text => {
            let rollout = &answer.rollout;
            writeln!(stdout, "{}", in_a_line(rollout))?;
            if rollout.phase == Phase::Aborting {
                writeln!(
                    io::stderr(),
                    "note: not at 0 % yet; `serin watch {}/{}` ends once it is",
                    rollout.namespace,
                    rollout.name
                )?;
            }
            if !answer.journalled {
                let detail = answer.detail.as_deref().unwrap_or("the store is down");
                writeln!(
                    io::stderr(),
                    "note: it acts on it, and has not journalled it yet: {detail}"
                )?;
            }
        }
    }
    Ok(Exit::Done)
}
