//! Small files of an administrator's: certificates and keys.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a file: a chain of certificates has some ten kilobytes, and so have a hundred of the longest keys; all authorities that browsers
/// trust have 200, and one's own may stand beside them.
const BYTES_MAX: u64 = 1 << 20;

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {reason}", .path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What is in it is not what should be.
    #[error("{}: expected {expected}, found {found}", .path.display())]
    Unfit {
        /// Which one.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

impl FileError {
    pub(crate) fn unfit(path: &Path, expected: &'static str, found: impl Into<String>) -> Self {
        Self::Unfit {
            path: path.to_owned(),
            expected,
            found: found.into(),
        }
    }
}

/// What is in the file at `path`, which should be what is `expected`.
pub(crate) fn bytes(path: &Path, expected: &'static str) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(FileError::unfit(
            path,
            expected,
            format!("more than {BYTES_MAX} bytes"),
        ));
    }
    Ok(bytes)
}

/// The same as text.
pub(crate) fn text(path: &Path, expected: &'static str) -> Result<String, FileError> {
    let text = String::from_utf8(bytes(path, expected)?);
    text.map_err(|error| unreadable(path, &io::Error::new(io::ErrorKind::InvalidData, error)))
}

fn unreadable(path: &Path, error: &io::Error) -> FileError {
    FileError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
