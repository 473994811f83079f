//! Where a value came from.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::document::Printable;

/// Where a value came from, the later layers last: a later one wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "layer", rename_all = "camelCase")]
pub enum Source {
    /// Nobody wrote it.
    Default,
    /// The configuration file.
    File {
        /// Its name, as it was given.
        name: String,
        /// Line, from 1.
        line: u64,
    },
    /// The environment's overlay, beside the configuration file.
    Overlay {
        /// Its name.
        name: String,
        /// Line, from 1.
        line: u64,
    },
    /// An environment variable.
    Variable {
        /// Its name, such as `SERIN_API_ADDRESS`.
        name: String,
    },
    /// A flag on the command line.
    Flag {
        /// The flag, such as `--api-address`.
        name: String,
    },
}

impl Source {
    /// What a problem with the value names as its file and line.
    #[must_use]
    pub fn place(&self) -> (String, Option<u64>) {
        match self {
            Self::Default => ("default".to_owned(), None),
            Self::File { name, line } | Self::Overlay { name, line } => (name.clone(), Some(*line)),
            Self::Variable { name } | Self::Flag { name } => (name.clone(), None),
        }
    }

    /// Which layer this is; a higher one wins.
    pub(super) fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Overlay { .. } => 2,
            Self::Variable { .. } => 3,
            Self::Flag { .. } => 4,
        }
    }

    /// `path` from where a path of this source starts: at the folder of its file, or else at the working directory.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        match self {
            Self::File { name, .. } | Self::Overlay { name, .. } => Path::new(name)
                .parent()
                .map_or_else(|| path.to_owned(), |folder| folder.join(path)),
            Self::Default | Self::Variable { .. } | Self::Flag { .. } => path.to_owned(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            (name, Some(line)) => write!(f, "{name}:{line}"),
            (name, None) => f.write_str(&name),
        }
    }
}

/// One field: its value, for people, and where that came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The field, such as `api.address`.
    pub field: String,
    /// Its value; `None` where there is none, or where it must not be shown.
    pub value: Option<String>,
    /// Whether there is a value that must not be shown.
    pub hidden: bool,
    /// Where it came from.
    pub source: Source,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match &self.value {
            Some(value) => value.as_str(),
            None if self.hidden => "(not shown)",
            None => "(none)",
        };
        write!(f, "{} = {}, from ", self.field, Printable(value))?;
        write!(f, "{}", Printable(&self.source.to_string()))
    }
}
