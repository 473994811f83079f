//! `serin serve`: the daemon.

use std::io::{self, Write};

use clap::Args;
use serde_json::json;

use super::{Exit, Output, logging, stored};
use crate::app::{self, Started};
use crate::config::Flags;
use crate::shutdown::Drained;

/// What `serin serve` takes.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    flags: Flags,
}

/// Runs until a signal.
pub(super) async fn run(arguments: &ServeArguments, output: Output) -> anyhow::Result<Exit> {
    let config = stored::configuration(&arguments.flags)?;
    logging::start(&config.log);
    let drained = app::run(config, |started| {
        // A daemon whose stdout is gone works all the same.
        let _ = tell(started, output);
    })
    .await?;
    Ok(match drained {
        Drained::Whole | Drained::Cut(_) => Exit::Done,
        Drained::Stopped => Exit::Error,
    })
}

fn tell(started: &Started, output: Output) -> io::Result<()> {
    let Started {
        api,
        is_secure,
        health,
        store,
        canaries,
        problems,
        recovered,
        leads,
        leader,
    } = started;
    let scheme = if *is_secure { "https" } else { "http" };
    let mut stdout = io::stdout().lock();
    match output {
        Output::Json => writeln!(
            stdout,
            "{}",
            json!({
                "api": format!("{scheme}://{api}"),
                "health": format!("http://{health}"),
                "store": store,
                "canaries": canaries,
                "problems": problems,
                "recovered": recovered,
                "leads": leads,
                "leader": leader,
            })
        )?,
        Output::Text => {
            writeln!(stdout, "API        {scheme}://{api}")?;
            writeln!(stdout, "health     http://{health}/readyz, metrics at /metrics")?;
            writeln!(stdout, "store      {store}")?;
            let refused = match problems {
                0 => String::new(),
                1 => ", and 1 problem (the log has it)".to_owned(),
                _ => format!(", and {problems} problems (the log has them)"),
            };
            writeln!(stdout, "Canaries   {canaries}{refused}")?;
            if *leads {
                writeln!(stdout, "rollouts   {recovered} under way go on")?;
            } else {
                let leader = leader.as_deref().unwrap_or("nobody yet");
                writeln!(stdout, "follows    {leader}, and takes over where that ends")?;
            }
        }
    }
    stdout.flush()
}
