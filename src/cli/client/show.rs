//! `serin list` and `serin get`.

use std::io::{self, Write};

use clap::Args;

use super::connection::Connection;
use super::{CanaryName, ServerArguments, canaries, look, told};
use crate::api::view::{CanaryDetail, CanaryView, ProblemInFile, RolloutView};
use crate::cli::{Exit, Output};

/// A daemon that was started anew lists what has not ended: what ended before is not asked of the store for every Canary at once.
const NONE_HELD: &str = "no rollout under way";

/// What `serin list` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    server: ServerArguments,
}

/// What `serin get` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct GetArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    #[command(flatten)]
    server: ServerArguments,
}

/// Lists every Canary with where its newest rollout stands; as JSON, a line each.
pub(in crate::cli) async fn list(arguments: &ListArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.server)?;
    let mut number = 0;
    let listing = canaries::each_page(&connection, |page| {
        let mut stdout = io::stdout().lock();
        for canary in &page.items {
            number += 1;
            match output {
                Output::Json => writeln!(stdout, "{}", serde_json::to_string(canary)?)?,
                Output::Text => writeln!(stdout, "{}", in_words(canary, NONE_HELD))?,
            }
        }
        for problem in &page.problems {
            writeln!(io::stderr(), "problem: {}", problem_in_words(problem))?;
        }
        Ok(())
    });
    listing.await?;
    if number == 0 && output == Output::Text {
        writeln!(
            io::stderr(),
            "no Canary is there; the daemon reads them from its --canaries folder"
        )?;
    }
    Ok(Exit::Done)
}

/// Shows one Canary and its newest rollout.
pub(in crate::cli) async fn get(arguments: &GetArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&arguments.server)?;
    let path = arguments.canary.path();
    if output == Output::Json {
        let answer: serde_json::Value = connection.get(&path).await?;
        writeln!(io::stdout(), "{answer}")?;
        return Ok(Exit::Done);
    }
    let CanaryDetail { canary, .. } = connection.get(&path).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", in_words(&canary, "no rollout yet"))?;
    if let Some(definition) = &canary.definition {
        let steps: Vec<String> = definition
            .steps
            .iter()
            .map(|step| format!("{} %", step.weight))
            .collect();
        writeln!(
            stdout,
            "  steps     {}, a look every {}",
            steps.join(" → "),
            definition.interval
        )?;
        writeln!(stdout, "  metrics   {}", definition.metrics.join(", "))?;
    }
    if let Some(rollout) = &canary.rollout {
        look::details(rollout, &mut stdout)?;
    }
    for problem in &canary.problems {
        writeln!(
            stdout,
            "  problem   {}; the edit is not in force",
            problem_in_words(problem)
        )?;
    }
    drop(stdout);
    // Last, because it asks the store, which may be down.
    if let Some(rollout) = &canary.rollout {
        for line in told::lines(&connection, &rollout.id).await {
            writeln!(io::stdout(), "  {line}")?;
        }
    }
    Ok(Exit::Done)
}

fn problem_in_words(problem: &ProblemInFile) -> String {
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let field = problem.field.as_ref().map(|field| format!(" {field}:"));
    format!(
        "{}{line}:{} expected {}, found {}",
        problem.file,
        field.unwrap_or_default(),
        problem.expected,
        problem.found
    )
}

/// A Canary in a line; `none` is what there is to say without a rollout.
fn in_words(canary: &CanaryView, none: &str) -> String {
    match &canary.rollout {
        Some(rollout) => in_a_line(rollout),
        None => format!("{}/{}  {none}", canary.namespace, canary.name),
    }
}

/// A rollout in a line.
pub(super) fn in_a_line(rollout: &RolloutView) -> String {
    let holds: Vec<&str> = rollout.holds.iter().map(|hold| hold.reason.name()).collect();
    let holds = match holds.as_slice() {
        [] => String::new(),
        holds => format!("  holds: {}", holds.join(", ")),
    };
    let ending = match &rollout.ending {
        Some(ending) => format!("  {}", ending.detail),
        None => String::new(),
    };
    format!(
        "{}/{}  {}  {}  {} %{holds}{ending}",
        rollout.namespace, rollout.name, rollout.id, rollout.phase, rollout.weight
    )
}
