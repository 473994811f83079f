//! The SQLite file: made for its owner alone, locked against a second daemon, and checked to be durable.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Row, SqliteConnection};

use super::error::{OpenError, StoreError};
use super::limits::Limits;
use super::pool::Prepare;

/// The write-ahead log is cut back to this size once it has been copied into the file.
const WAL_BYTES_KEPT: u64 = 64 << 20;

/// Pages that each connection keeps, in KiB: a quarter of the default. The file is in the system's own cache; there are nine connections.
const CACHE_KIB: u32 = 512;

/// The write-ahead log is copied into the file once it has so many pages (16 MiB; SQLite's default is a quarter of that): a rollout's state is
/// written anew at every look, and only the newest one has to be copied.
const WAL_PAGES: u32 = 4_096;

/// For the owner: notices and reasons are nobody else's to read.
const FILE_MODE: u32 = 0o600;

/// Makes the file where there is none, and gives its real path: the lock stands beside it, whatever links lead here.
pub(super) fn make(path: &Path) -> Result<PathBuf, OpenError> {
    let failed = |reason: String| OpenError::File {
        path: path.to_owned(),
        reason,
    };
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Err(failed("expected a file, found the root folder".to_owned())),
    };
    if !parent.is_dir() {
        return Err(failed(format!(
            "its folder {} does not exist; hint: make it first, readable for the daemon alone",
            parent.display()
        )));
    }
    match open_private(path) {
        Ok(_) => {}
        // A file that may only be read has other uses than being written to.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && path.is_file() => {}
        Err(error) => return Err(failed(format!("cannot make the file: {error}"))),
    }
    path.canonicalize()
        .map_err(|error| failed(format!("cannot find the file's real path: {error}")))
}

/// Takes the file for this process alone, for as long as what is returned lives. Readers do not ask for it.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let failed = |error: io::Error| OpenError::File {
        path: PathBuf::from(&name),
        reason: format!("cannot lock: {error}"),
    };
    let file = open_private(Path::new(&name)).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

/// How every connection to the file is opened.
pub(super) fn options(path: &Path, limits: &Limits) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(limits.busy)
        .pragma("journal_size_limit", WAL_BYTES_KEPT.to_string())
        .pragma("wal_autocheckpoint", WAL_PAGES.to_string())
        .pragma("cache_size", format!("-{CACHE_KIB}"))
}

impl Prepare for SqliteConnection {
    async fn prepare(&mut self, place: &str, limits: &Limits) -> Result<(), StoreError> {
        let expected: [(&'static str, &'static str, String); 4] = [
            ("journal_mode", "PRAGMA journal_mode", "wal".to_owned()),
            // 2 is FULL (3, EXTRA, differs only without a write-ahead log).
            ("synchronous", "PRAGMA synchronous", "2".to_owned()),
            ("foreign_keys", "PRAGMA foreign_keys", "1".to_owned()),
            (
                "busy_timeout",
                "PRAGMA busy_timeout",
                limits.busy.as_millis().to_string(),
            ),
        ];
        for (setting, pragma, expected) in expected {
            let row = sqlx::query(pragma).fetch_one(&mut *self).await;
            let row = row.map_err(|error| StoreError::from_sqlx(error, place))?;
            // Words are texts and switches are numbers.
            let found = row
                .try_get::<String, _>(0)
                .or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))
                .map_err(|error| StoreError::from_sqlx(error, place))?;
            if found != expected {
                return Err(StoreError::Setting {
                    place: place.to_owned(),
                    setting,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Connection};

    use super::*;

    #[tokio::test]
    async fn a_connection_that_is_not_durable_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = make(&folder.path().join("serin.db")).unwrap();
        let limits = Limits::default();
        let durable = options(&path, &limits);
        let mut connection = durable.connect().await.unwrap();
        connection.prepare("serin.db", &limits).await.unwrap();
        // A connection that is only dropped is closed later, and one that is open forbids another mode.
        connection.close().await.unwrap();
        for (weakened, setting) in [
            (
                durable.clone().synchronous(SqliteSynchronous::Normal),
                "synchronous",
            ),
            (
                durable.clone().journal_mode(SqliteJournalMode::Delete),
                "journal_mode",
            ),
            (durable.clone().foreign_keys(false), "foreign_keys"),
        ] {
            let mut connection = weakened.connect().await.unwrap();
            let refused = connection.prepare("serin.db", &limits).await.unwrap_err();
            assert!(refused.to_string().contains(setting), "{refused}");
            connection.close().await.unwrap();
        }
    }
}
