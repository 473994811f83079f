//! `canaries`: where the Canaries are.

use std::path::PathBuf;

use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::Scalar;
use crate::config::values::Values;

/// Where the Canaries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canaries {
    /// The folder of their files.
    pub path: PathBuf,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "canaries",
    about: "Where the Canaries are.",
    example_name: None,
    entries: &[&PATH.entry],
};

static PATH: Field<PathBuf> = Field {
    entry: Entry {
        path: "canaries.path",
        about: "Folder of the files with Canaries and AnalysisTemplates. It is watched.",
        expected: "the path of a folder",
        unwritten: Unwritten::Is("canaries"),
        short_flag: Some("canaries"),
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(in crate::config) fn canaries(values: &mut Values<'_>) -> Canaries {
    Canaries {
        path: values.path(&PATH, ""),
    }
}
