//! What the daemon is told, and what the check says of it.

mod audit;
mod channels;
mod command;
mod data_sources;
mod deploy;
mod example;
mod mutations;
mod page;
mod precedence;
mod secrets;
mod tokens;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser;
use serin::config::{Config, Environment, FileError, Files, Flags, Setting, check};
use serin::spec::Problems;

/// A token, or another secret, that is long enough.
const TOKEN: &str = "vT3hJc0yWfQm8oKzB1xNdR6uLaEpS9gI";

/// All that a configuration is read from.
#[derive(Default)]
struct World {
    files: BTreeMap<PathBuf, String>,
    variables: Vec<(String, String)>,
    flags: Vec<String>,
}

/// A command that takes the flags.
#[derive(Debug, Parser)]
struct Serve {
    #[command(flatten)]
    flags: Flags,
}

impl World {
    /// With this serin.yaml.
    fn of(text: &str) -> Self {
        Self::default().file("serin.yaml", text)
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(PathBuf::from(path), text.to_owned());
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, flag: &str, value: &str) -> Self {
        self.flags.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    fn check(&self) -> Result<Config, Problems> {
        let line = ["serve"].into_iter().chain(self.flags.iter().map(String::as_str));
        let flags = Serve::parse_from(line).flags;
        check(&Environment::of(self.variables.clone()), &flags, self)
    }

    fn config(&self) -> Config {
        self.check().unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// What the check says; empty if it takes everything.
    fn told(&self) -> String {
        self.check()
            .map_or_else(|problems| problems.to_string(), |_| String::new())
    }

    /// The value of a field and where it came from.
    fn setting(&self, field: &str) -> String {
        let config = self.config();
        let setting = config.settings().iter().find(|setting| setting.field == field);
        setting.map_or_else(String::new, Setting::to_string)
    }
}

impl Files for World {
    fn text(&self, path: &Path, max_bytes: usize) -> Result<String, FileError> {
        match self.files.get(path) {
            None => Err(FileError::Absent),
            Some(text) if text.len() > max_bytes => Err(FileError::TooLarge(max_bytes)),
            Some(text) => Ok(text.clone()),
        }
    }
}
