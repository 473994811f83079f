//! `canaries`: where the Canaries are.

use std::path::PathBuf;

use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::Scalar;
use crate::config::values::Values;

/// Where the Canaries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canaries {
    /// Of what sort the place is.
    pub from: CanariesFrom,
    /// The folder of their files.
    pub path: PathBuf,
}

/// Of what sort the place is where the Canaries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanariesFrom {
    /// Files in a folder.
    Folder,
    /// Resources in a cluster.
    Cluster,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "canaries",
    about: "Where the Canaries are.",
    example_name: None,
    entries: &[&FROM.entry, &PATH.entry],
};

static FROM: Field<CanariesFrom> = Field {
    entry: Entry {
        path: "canaries.from",
        about: "Whether they are files in a folder, or resources in the cluster of `kubernetes`.",
        expected: "one of `folder`, `cluster`",
        unwritten: Unwritten::Is("folder"),
        short_flag: None,
    },
    read: |scalar| {
        scalar.word(&[
            ("folder", CanariesFrom::Folder),
            ("cluster", CanariesFrom::Cluster),
        ])
    },
    show: Show::AsWritten,
};

static PATH: Field<PathBuf> = Field {
    entry: Entry {
        path: "canaries.path",
        about: "Folder of the files with Canaries and AnalysisTemplates, where they are files. It is watched.",
        expected: "the path of a folder",
        unwritten: Unwritten::Is("canaries"),
        short_flag: Some("canaries"),
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(in crate::config) fn canaries(values: &mut Values<'_>) -> Canaries {
    Canaries {
        from: values.value(&FROM, ""),
        path: values.path(&PATH, ""),
    }
}
