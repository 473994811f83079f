//! The process's own environment and files: the only place here that looks beyond its arguments.

use std::env;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::files::{FileError, Files};
use super::{Config, Environment, Flags, check};
use crate::document::Problems;

/// Checks the configuration of this process: `flags`, its environment, and the files that they name.
///
/// # Errors
///
/// [`Problems`], if there is one problem or more in any of them.
pub fn load(flags: &Flags) -> Result<Config, Problems> {
    check(&Environment::of_this_process(), flags, &Disk)
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::of(env::vars_os())
    }
}

/// The files on the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn text(&self, path: &Path, max_bytes: usize) -> Result<String, FileError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => FileError::Absent,
            _ => FileError::Unreadable(error.to_string()),
        };
        let file = File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        // One byte more than it may have is enough to see that it has too many.
        file.take(max_bytes as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() > max_bytes {
            return Err(FileError::TooLarge(max_bytes));
        }
        String::from_utf8(bytes).map_err(|_| FileError::NotText)
    }
}
