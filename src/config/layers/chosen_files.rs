//! Which files are read: the configuration, and the overlay of the environment that Serin runs in.

use std::path::{Path, PathBuf};

use super::environment::{CONFIG, ENV, Environment};
use super::flags::Flags;
use super::{Layers, yaml};
use crate::config::files::{FileError, Files};
use crate::config::scalar::meant;
use crate::config::source::Source;
use crate::document::{MAX_FILE_BYTES, shown};

/// The file that is read where none is named; it need not be there.
const USUAL_NAME: &str = "serin.yaml";
/// The environments that there are.
pub(in crate::config) const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];

/// Adds the configuration file and its overlay.
pub(super) fn add(environment: &Environment, flags: &Flags, files: &dyn Files, layers: &mut Layers) {
    let named = named(environment, flags);
    let path = named
        .as_ref()
        .map_or_else(|| PathBuf::from(USUAL_NAME), |(path, _)| path.clone());
    match files.text(&path, MAX_FILE_BYTES) {
        Ok(text) => add_file(&path, &text, |name, line| Source::File { name, line }, layers),
        Err(FileError::Absent) if named.is_none() => {}
        Err(error) => {
            let source = named.map_or_else(|| at_the_top(&path), |(_, source)| source);
            layers.refuse(&source, None, "a configuration file", error.found(&path), None);
        }
    }
    add_overlay(&path, environment, files, layers);
}

/// The file that somebody named, and where.
fn named(environment: &Environment, flags: &Flags) -> Option<(PathBuf, Source)> {
    let variable = || Source::Variable {
        name: CONFIG.to_owned(),
    };
    let flag = || Source::Flag {
        name: "--config".to_owned(),
    };
    match (&flags.config, environment.text(CONFIG)) {
        (Some(path), _) => Some((path.clone(), flag())),
        (None, Some(path)) => Some((PathBuf::from(path), variable())),
        (None, None) => None,
    }
}

fn add_overlay(base: &Path, environment: &Environment, files: &dyn Files, layers: &mut Layers) {
    let Some(name) = environment.text(ENV) else { return };
    let source = Source::Variable { name: ENV.to_owned() };
    if !ENVIRONMENTS.contains(&name) {
        let expected = format!("one of `{}`", ENVIRONMENTS.join("`, `"));
        let found = format!("`{}`", shown(name));
        let hint = meant(name, ENVIRONMENTS.into_iter());
        layers.refuse(&source, None, expected, found, hint);
        return;
    }
    let path = base.with_file_name(format!("serin.{name}.yaml"));
    match files.text(&path, MAX_FILE_BYTES) {
        Ok(text) => add_file(&path, &text, |name, line| Source::Overlay { name, line }, layers),
        Err(error) => {
            let expected = format!("the overlay that `{name}` picks");
            let hint = match error {
                FileError::Absent => Some("an overlay without fields may be an empty file".to_owned()),
                _ => None,
            };
            layers.refuse(&source, None, expected, error.found(&path), hint);
        }
    }
}

fn add_file(path: &Path, text: &str, source: fn(String, u64) -> Source, layers: &mut Layers) {
    let name = path.display().to_string();
    layers.files.push(name.clone());
    yaml::add(&name, text, source, layers);
}

fn at_the_top(path: &Path) -> Source {
    Source::File {
        name: path.display().to_string(),
        line: 1,
    }
}
