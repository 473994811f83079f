//! `serin doctor [FILE…]`: whether every Canary can be judged, with this configuration and these servers, now.

mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::slice;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;

use super::{Exit, Output, stored};
use crate::app;
use crate::canaries::folder::files::{self, Files};
use crate::config::{Flags, is_configuration, overlay_of};
use crate::doctor::Diagnosis;
use crate::spec::{CheckedCanary, Problem, Report, examine_for};

/// What `serin doctor` takes.
#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Files (`-` is the standard input), or folders of *.yaml and *.yml files, with Canaries and their templates [default: the configuration's `canaries.path`].
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The configuration file [default: one among FILE, else serin.yaml, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Show what was asked and what came for everything, and not only for the first problem of a metric.
    #[arg(long, short)]
    verbose: bool,
}

/// Everything that is printed.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    diagnosis: Diagnosis,
    /// What is wrong in the files: these Canaries were not looked at.
    problems: Vec<Problem>,
}

/// Asks, and prints what came. Ends with 1 where a Canary cannot be judged.
pub(super) async fn run(arguments: &DoctorArguments, output: Output) -> anyhow::Result<Exit> {
    let mut read = files::read(&arguments.files);
    let configurations = take_configurations(&mut read);
    ensure!(
        arguments.config.is_some() || configurations.len() <= 1,
        "expected one configuration, found {}\n  hint: say which with --config FILE",
        configurations.len()
    );
    let file = arguments
        .config
        .clone()
        .or_else(|| configurations.into_iter().next());
    let config = stored::configuration(&file.map(Flags::config).unwrap_or_default())?;
    if arguments.files.is_empty() {
        read = files::read(slice::from_ref(&config.canaries.path));
        take_configurations(&mut read);
    }
    let Files {
        texts, mut problems, ..
    } = read;
    let texts = texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    let Report {
        canaries,
        problems: of_texts,
        ..
    } = examine_for(&app::known(&config), texts);
    problems.extend(of_texts.listed);
    let canaries: Vec<CheckedCanary> = canaries.into_iter().map(|filed| filed.canary).collect();
    ensure!(
        !(canaries.is_empty() && problems.is_empty()),
        "expected a Canary, found none\n  hint: name the files with the Canaries and their templates, or `canaries.path` in the configuration"
    );
    let told = Told {
        diagnosis: app::examine(&config, &canaries).await?,
        problems,
    };
    print(&told, arguments.verbose, output)?;
    let is_judged = told.problems.is_empty() && told.diagnosis.canaries().all(|canary| canary.can_be_judged);
    Ok(if is_judged { Exit::Done } else { Exit::Error })
}

/// Takes the configurations out of what was read; an overlay belongs to the one that it lies beside.
fn take_configurations(read: &mut Files) -> Vec<PathBuf> {
    let texts = std::mem::take(&mut read.texts);
    let (configurations, manifests): (Vec<_>, Vec<_>) = texts
        .into_iter()
        .partition(|(file, text)| is_configuration(file, text));
    read.texts = manifests;
    configurations
        .into_iter()
        .map(|(file, _)| PathBuf::from(file))
        .filter(|file| overlay_of(Path::new(file)).is_none())
        .collect()
}

fn print(told: &Told, verbose: bool, output: Output) -> anyhow::Result<()> {
    if output == Output::Json {
        writeln!(io::stdout().lock(), "{}", serde_json::to_string(told)?)?;
        return Ok(());
    }
    io::stdout()
        .lock()
        .write_all(text::text(&told.diagnosis, verbose).as_bytes())?;
    for problem in &told.problems {
        writeln!(io::stderr().lock(), "error: {problem}")?;
    }
    Ok(())
}
