//! `caFile` of hooks and of channels: whom to trust in place of the system's authorities.

use std::path::PathBuf;

use crate::config::field::{Entry, Field};
use crate::config::values::{Values, path_of};

/// The path of a file, from where it is written.
pub(super) fn optional_path(field: &Field<PathBuf>, name: &str, values: &mut Values<'_>) -> Option<PathBuf> {
    let path = values.optional(field, name)?;
    Some(values.resolve(&field.entry, name, &path))
}

/// Authorities say nothing where no address has a certificate; the addresses are the likelier mistake.
pub(super) fn refuse_authorities(entry: &'static Entry, name: &str, values: &mut Values<'_>) {
    if let Some(source) = values.source(entry, name) {
        let hint = "write `https://` there, or leave this out".to_owned();
        let expected = "no such field where every address has `http://`";
        values.refuse(&path_of(entry, name), &source, expected, "one", hint);
    }
}
