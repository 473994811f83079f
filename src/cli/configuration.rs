//! Checks configuration files as the daemon would read them here: with the overlay, the variables, and the secrets' files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app;
use crate::config::{Disk, Environment, Flags, Setting, Source, check, overlay_of};
use crate::spec::{Known, Problem};

/// A configuration without a problem.
#[derive(Debug, Serialize)]
pub(super) struct CheckedConfiguration {
    /// Its file.
    file: PathBuf,
    /// The overlay beside it, where that was asked for by its own name.
    overlay: Option<PathBuf>,
    /// What a Canary may name.
    #[serde(skip)]
    known: Known,
    /// Every field.
    settings: Vec<Setting>,
}

impl CheckedConfiguration {
    /// What a Canary may name.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }
}

/// Checks each of `paths`. An overlay is checked upon the configuration that it lies beside.
pub(super) fn check_configurations(
    paths: &[PathBuf],
    environment: &Environment,
) -> (Vec<CheckedConfiguration>, Vec<Problem>) {
    let mut checked = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for path in paths {
        let (file, overlay, environment) = as_read(path, environment);
        match check(&environment, &Flags::config(file.clone()), &Disk) {
            Ok(config) => {
                let wrong = app::wrong_templates(&config);
                if !wrong.is_empty() {
                    problems.extend(wrong.listed);
                    continue;
                }
                checked.push(CheckedConfiguration {
                    file,
                    overlay,
                    known: app::known(&config),
                    settings: config.settings().to_vec(),
                });
            }
            // What is wrong in the file is wrong under each of its overlays.
            Err(found) => {
                let new = |problem: &Problem| !problems.contains(problem);
                let new: Vec<Problem> = found.listed.into_iter().filter(new).collect();
                problems.extend(new);
            }
        }
    }
    (checked, problems)
}

/// The configuration file for `path`, the overlay where `path` is one, and the environment that reads them.
fn as_read(path: &Path, environment: &Environment) -> (PathBuf, Option<PathBuf>, Environment) {
    let Some(name) = overlay_of(path) else {
        return (path.to_owned(), None, environment.clone());
    };
    let base = path.with_file_name("serin.yaml");
    if base.is_file() {
        let environment = environment.clone().with_overlay(Some(name));
        (base, Some(path.to_owned()), environment)
    } else {
        (path.to_owned(), None, environment.clone().with_overlay(None))
    }
}

/// Which configuration it is, and each field that somebody wrote.
pub(super) fn print_configuration(
    configuration: &CheckedConfiguration,
    stdout: &mut impl Write,
) -> io::Result<()> {
    let overlay = configuration
        .overlay
        .as_ref()
        .map(|overlay| format!(" with {}", overlay.display()))
        .unwrap_or_default();
    let written: Vec<&Setting> = configuration
        .settings
        .iter()
        .filter(|setting| setting.source != Source::Default)
        .collect();
    let rest = if written.is_empty() { "all" } else { "the rest" };
    writeln!(stdout, "configuration {}{overlay}:", configuration.file.display())?;
    for setting in written {
        writeln!(stdout, "  {setting}")?;
    }
    writeln!(stdout, "  {rest} at its default")
}
