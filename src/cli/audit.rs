//! `serin audit`: what of a configuration could be safer.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Output, stored};
use crate::app;
use crate::audit::Audit;
use crate::config::Flags;

/// What `serin audit` takes.
#[derive(Debug, Args)]
pub(super) struct AuditArguments {
    /// The configuration file [default: serin.yaml, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Looks, and prints what was found. Ends with 1 where something is `high` or `critical`.
pub(super) async fn run(arguments: &AuditArguments, output: Output) -> anyhow::Result<Exit> {
    let config = stored::configuration(&arguments.config.clone().map(Flags::config).unwrap_or_default())?;
    if config.files().is_empty() {
        writeln!(
            io::stderr(),
            "no configuration file is here: the defaults were looked at, and what variables say\n  hint: `--config FILE` names one"
        )?;
    }
    let audit = app::audit(&config).await;
    print(&audit, output)?;
    Ok(if audit.is_grave() { Exit::Error } else { Exit::Done })
}

fn print(audit: &Audit, output: Output) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    if output == Output::Json {
        writeln!(stdout, "{}", serde_json::to_string(audit)?)?;
        return Ok(());
    }
    for finding in &audit.findings {
        writeln!(
            stdout,
            "{:<8}  {}  {}: {}\n          {}",
            finding.severity.to_string(),
            finding.check.name(),
            finding.about,
            finding.found,
            finding.recommendation
        )?;
    }
    for unseen in &audit.unseen {
        writeln!(stdout, "not seen  {unseen}")?;
    }
    let passed: Vec<&str> = audit.passed.iter().map(|check| check.name()).collect();
    if !passed.is_empty() {
        writeln!(stdout, "passed    {}", passed.join(", "))?;
    }
    Ok(())
}
