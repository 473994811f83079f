//! The files that a configuration is in, as an argument: the check itself touches no disk.

use std::path::Path;

/// Where the texts of files come from.
pub trait Files {
    /// The text of the file at `path`, of at most `max_bytes`.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    fn text(&self, path: &Path, max_bytes: usize) -> Result<String, FileError>;
}

/// Why the text of a file cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("which is not there")]
    Absent,
    /// It has more bytes than it may have.
    #[error("of more than {0} bytes")]
    TooLarge(usize),
    /// It is not UTF-8.
    #[error("which is not UTF-8 text")]
    NotText,
    /// It cannot be read, for another reason.
    #[error("which cannot be read: {0}")]
    Unreadable(String),
}

impl FileError {
    /// What was found at `path`.
    pub(super) fn found(&self, path: &Path) -> String {
        format!("`{}`, {self}", path.display())
    }
}
