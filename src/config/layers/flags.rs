//! The flags as a layer: one for each field, made from the same table.

use std::fmt;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, FromArgMatches, value_parser};

use super::Layers;
use crate::config::field::Entry;
use crate::config::scalar::{Form, Scalar};
use crate::config::source::Source;
use crate::config::table::entries;

/// Over the flags in the help.
const HEADING: &str = "Configuration (flags win over variables, and those over files)";

/// The flags of a command that needs a configuration. Add them to it with `#[command(flatten)]`.
#[derive(Clone, Default)]
pub struct Flags {
    /// `--config`: the configuration file.
    pub config: Option<PathBuf>,
    /// Path, flag and text of each field that was given.
    fields: Vec<(&'static str, String, String)>,
}

impl Flags {
    /// Only `--config`.
    #[must_use]
    pub fn config(path: PathBuf) -> Self {
        Self {
            config: Some(path),
            fields: Vec::new(),
        }
    }

    /// Those of `fields` that were given.
    fn given(matches: &ArgMatches, fields: impl Iterator<Item = &'static Entry>) -> Self {
        let given = |entry: &'static Entry| {
            let text = matches.get_one::<String>(entry.path)?;
            Some((entry.path, entry.flag()?, text.clone()))
        };
        Self {
            config: matches.get_one("config").cloned(),
            fields: fields
                .filter(|entry| entry.flag().is_some())
                .filter_map(given)
                .collect(),
        }
    }

    /// Whether none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.config.is_none() && self.fields.is_empty()
    }

    /// Adds the fields that the flags write.
    pub(super) fn add_to(&self, layers: &mut Layers) {
        for (path, flag, text) in &self.fields {
            let scalar = Scalar {
                text: text.clone(),
                form: Form::Flag,
            };
            layers.write(path, scalar, Source::Flag { name: flag.clone() });
        }
    }
}

/// Only which flags there are: somebody may have tried to give a secret by one.
impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags: Vec<&str> = self.fields.iter().map(|(_, flag, _)| flag.as_str()).collect();
        f.debug_struct("Flags")
            .field("config", &self.config)
            .field("fields", &flags)
            .finish()
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self::given(matches, entries()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        command
            .arg(config_argument())
            .args(entries().filter_map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flags of a command that needs nothing of the configuration but where the store is.
#[derive(Debug, Clone, Default)]
pub struct StoreFlags(pub Flags);

impl FromArgMatches for StoreFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Flags::given(matches, places_of_the_store())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for StoreFlags {
    fn augment_args(command: Command) -> Command {
        command
            .arg(config_argument())
            .args(places_of_the_store().filter_map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The fields that say where the store is.
fn places_of_the_store() -> impl Iterator<Item = &'static Entry> {
    entries().filter(|entry| ["store.url", "store.urlFile"].contains(&entry.path))
}

fn config_argument() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The configuration file [default: serin.yaml, if it is there]")
        .help_heading(HEADING)
}

/// The argument of a field. That of a secret is there only to be refused with a hint.
fn argument(entry: &'static Entry) -> Option<Arg> {
    let flag = entry.flag()?;
    let default = entry
        .default()
        .map(|default| format!(" [default: {default}]"))
        .unwrap_or_default();
    let argument = Arg::new(entry.path)
        .long(flag.trim_start_matches('-').to_owned())
        .value_name("VALUE")
        .help(format!("{}{default}", entry.about.trim_end_matches('.')))
        .help_heading(HEADING)
        .hide(!entry.is_for_files());
    Some(argument)
}
