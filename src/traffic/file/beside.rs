//! A new text for a file, written beside it until it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// A complete and synced file that waits to be renamed over its target. Dropped before that, it is removed.
pub(super) struct Beside {
    path: PathBuf,
    target: PathBuf,
}

impl Beside {
    /// Writes `text` beside `target`, with the target's mode and owner. Needs the target's [`Lock`](super::lock::Lock):
    /// the temporary has a fixed name, so that what a crash leaves is found and removed here.
    pub(super) fn write(target: &Path, text: &str) -> io::Result<Self> {
        let like = target.metadata()?;
        let path = sibling(target, "tmp");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let beside = Self {
            path,
            target: target.to_owned(),
        };
        file.write_all(text.as_bytes())?;
        keep_owner(&file, &like)?;
        file.set_permissions(like.permissions())?;
        file.sync_all()?;
        Ok(beside)
    }

    /// Puts the new text in the target's place, in one step.
    pub(super) fn rename(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After the rename there is nothing of this name; where removing fails, the next write removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a rename in the folder of `target` durable.
pub(super) fn sync_folder_of(target: &Path) -> io::Result<()> {
    File::open(folder(target))?.sync_all()
}

/// The path of a file of Serin's own beside `target`: `.NAME.serin-SUFFIX`.
pub(super) fn sibling(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    folder(target).join(format!(".{name}.serin-{suffix}"))
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn keep_owner(file: &File, like: &fs::Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid())).map_err(|error| {
        let reason = format!(
            "the file belongs to user {} and group {}, and a new one cannot: {error}; hint: run Serin as that user",
            like.uid(),
            like.gid()
        );
        io::Error::new(error.kind(), reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("checkout.yaml");
        fs::write(&target, "old").unwrap();
        (folder, target)
    }

    #[test]
    fn a_crash_before_the_rename_leaves_the_old_file_and_a_temporary_that_the_next_write_replaces() {
        let (folder, target) = manifest();
        std::mem::forget(Beside::write(&target, "half").unwrap());
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert!(sibling(&target, "tmp").exists());

        Beside::write(&target, "new").unwrap().rename().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_is_given_up_leaves_nothing() {
        let (folder, target) = manifest();
        drop(Beside::write(&target, "new").unwrap());
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_planted_under_the_temporary_s_name_is_not_followed() {
        let (folder, target) = manifest();
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, sibling(&target, "tmp")).unwrap();
        Beside::write(&target, "new").unwrap().rename().unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }
}
