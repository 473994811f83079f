//! `serin rollback`: the stable Deployment gets a pod template back that it had before.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::json;

use super::client::{By, CanaryName};
use super::{Exit, Output, stored};
use crate::app;
use crate::config::Flags;

/// Characters of a reason, as the API has it: a paragraph. It stands in an annotation beside what others write there.
const REASON_CHARS_MAX: usize = 1000;

/// What `serin rollback` takes.
#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    /// The Canary: NAME, or NAMESPACE/NAME.
    canary: CanaryName,
    /// The template of so many changes ago; three are kept.
    #[arg(long, value_name = "CHANGES", default_value_t = 1,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=app::TEMPLATES_KEPT as u64))]
    back: usize,
    /// Why; the journal keeps it. Nobody who needs a rollback has to look for words first.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    #[command(flatten)]
    by: By,
    /// The configuration file [default: serin.yaml, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Rolls back, and returns once the Deployment is ready.
pub(super) async fn run(arguments: &RollbackArguments, output: Output) -> anyhow::Result<Exit> {
    let config = stored::configuration(&arguments.config.clone().map(Flags::config).unwrap_or_default())?;
    let CanaryName { namespace, name } = &arguments.canary;
    let asked = (arguments.by.name(), arguments.reason.clone().unwrap_or_default());
    let images = app::roll_back(&config, namespace, name, arguments.back, asked).await?;
    let mut stdout = io::stdout().lock();
    if output == Output::Json {
        let told = json!({"canary": arguments.canary.to_string(), "back": arguments.back, "images": images});
        writeln!(stdout, "{told}")?;
    } else {
        let images = images.join(", ");
        writeln!(
            stdout,
            "{}: stable is ready with the pod template of {images}",
            arguments.canary
        )?;
    }
    Ok(Exit::Done)
}

fn reason(text: &str) -> Result<String, String> {
    match text.chars().count() {
        chars if chars <= REASON_CHARS_MAX => Ok(text.to_owned()),
        chars => Err(format!(
            "expected at most {REASON_CHARS_MAX} characters, found {chars}"
        )),
    }
}
