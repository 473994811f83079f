//! One writer of Serin at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Tries for the lock. A writer holds it for the milliseconds that a sync takes, so two seconds in all mean that one hangs.
const ATTEMPTS: u32 = 200;
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// An advisory lock (`flock`), held until it is dropped; the system lets go of it when the process dies.
///
/// It is on a file of its own beside the manifest: the manifest is replaced with every write, and a lock on it would
/// go with the file that was replaced. The lock file stays, since removing it would have the same flaw.
pub(super) struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    #[error(
        "another writer holds {} for longer than {:?}; hint: find it with `fuser`",
        path.display(),
        PAUSE * ATTEMPTS
    )]
    Held { path: PathBuf },
    #[error("cannot lock {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

impl Lock {
    /// Waits for the lock of `target`, for a bounded time.
    pub(super) fn take(target: &Path) -> Result<Self, LockError> {
        let path = super::beside::sibling(target, "lock");
        let failed = |error| LockError::Io {
            path: path.clone(),
            error,
        };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(LockError::Held { path })
    }
}
