//! What can go wrong with a store, as values whose callers can act on them.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::driver::ports::JournalError;

/// A read or a write that failed. Nothing of it was kept, unless it says otherwise; what can be repeated is worth repeating.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room.
    #[error("the disk is full ({reason}); it goes on by itself once there is room")]
    DiskFull {
        /// The database's words.
        reason: String,
    },
    /// The file, its disk or the server takes no writes.
    #[error("the database is read-only ({reason}); it goes on by itself once it can be written to")]
    ReadOnly {
        /// The database's words.
        reason: String,
    },
    /// Somebody else holds it.
    #[error(
        "the database is locked by another process ({reason}); it goes on by itself once the lock is gone"
    )]
    Locked {
        /// The database's words.
        reason: String,
    },
    /// No connection, or it was lost. A write whose connection was lost may have happened: repeat it as it was.
    #[error("cannot reach {place}: {reason}")]
    Unreachable {
        /// The file or the server, without a password.
        place: String,
        /// Why.
        reason: String,
    },
    /// All connections are in use.
    #[error("all {connections} connections to the database are in use for longer than {} s", .waited.as_secs_f64())]
    Busy {
        /// How many there are.
        connections: usize,
        /// How long it was waited.
        waited: Duration,
    },
    /// No answer in time. A write may have happened: repeat it as it was.
    #[error("the database gave no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// Another replica leads. It may end.
    #[error(
        "another serin leads here: {replica} ({holder}); this one takes over when that one ends, or gives no sign of life for {} s",
        super::leader::LEASE.as_secs()
    )]
    Led {
        /// Its name.
        replica: String,
        /// Who that is.
        holder: String,
    },
    /// Another daemon took the store over. Repeating does not help.
    #[error(
        "another daemon has taken the store over: this one holds epoch {held}, and epoch {now} is held by {holder}; \
         nothing was written; hint: stop one of the two"
    )]
    Superseded {
        /// What this daemon holds.
        held: i64,
        /// What the store says.
        now: i64,
        /// Who holds that.
        holder: String,
    },
    /// The append does not fit what is stored. Repeating does not help.
    #[error("{0}")]
    Refused(String),
    /// A row that cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// Which row.
        what: String,
        /// Why.
        reason: String,
    },
    /// The file is damaged. Repeating does not help.
    #[error("the database is damaged ({reason}); hint: restore the file from a backup")]
    Damaged {
        /// The database's words.
        reason: String,
    },
    /// The database does not do what durability needs.
    #[error(
        "{place}: expected {setting} to be {expected}, found {found}; nothing that is stored this way is safe"
    )]
    Setting {
        /// The file or the server, without a password.
        place: String,
        /// Which setting.
        setting: &'static str,
        /// What it has to be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The migrations are not those that this version needs. Repeating does not help.
    #[error("{0}")]
    Schema(#[from] SchemaError),
    /// Anything else.
    #[error("the database: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether it may lie in what was to be written, rather than in the database or the way to it.
    pub(super) const fn is_about_what_is_written(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unreadable { .. } | Self::Other(_))
    }
}

/// The schema is not the one that this version of serin works with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Migrations are to be applied first.
    #[error("the database's schema is behind this version of serin; pending: {}; hint: run `serin migrate`", names(.0))]
    Pending(Vec<String>),
    /// A newer version of serin was here.
    #[error(
        "the database's schema is newer than this version of serin; unknown: {}; \
         hint: run the version that migrated it, or a later one", names(.0)
    )]
    Newer(Vec<String>),
    /// What was applied is not what this version would have applied.
    #[error(
        "migration {0} was applied in another wording than this version of serin knows; hint: run the version that migrated it"
    )]
    Changed(String),
}

/// A store that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made or opened.
    #[error("{}: {reason}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What was attempted, why it failed, and a hint.
        reason: String,
    },
    /// Another process writes to this file.
    #[error(
        "{}: another serin has this file open for writing; a SQLite store is for one daemon; \
         hint: stop the other one, or use PostgreSQL", .path.display()
    )]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The URL is broken.
    #[error("a broken PostgreSQL URL: {0}")]
    Url(String),
    /// The database could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SchemaError> for OpenError {
    fn from(error: SchemaError) -> Self {
        Self::Store(StoreError::Schema(error))
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}

impl StoreError {
    /// Whether it goes on by itself once the cause is gone: then it is worth waiting for.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(
            self,
            Self::DiskFull { .. }
                | Self::ReadOnly { .. }
                | Self::Locked { .. }
                | Self::Unreachable { .. }
                | Self::Led { .. }
                | Self::Busy { .. }
                | Self::TimedOut(_)
        )
    }

    /// What sqlx says about the database at `place`, in the words of this module.
    pub(super) fn from_sqlx(error: sqlx::Error, place: &str) -> Self {
        let unreachable = |reason: String| Self::Unreachable {
            place: place.to_owned(),
            reason,
        };
        match error {
            sqlx::Error::Database(error) => {
                let reason = error.to_string();
                if let Some(sqlite) = error.try_downcast_ref::<SqliteError>() {
                    sqlite_fault(sqlite, reason, unreachable)
                } else if let Some(postgres) = error.try_downcast_ref::<PgDatabaseError>() {
                    postgres_fault(postgres, reason, unreachable)
                } else {
                    Self::Other(reason)
                }
            }
            sqlx::Error::Io(error) => unreachable(error.to_string()),
            sqlx::Error::Tls(error) => unreachable(format!("TLS: {error}")),
            sqlx::Error::Protocol(reason) => unreachable(reason),
            sqlx::Error::Configuration(error) => unreachable(error.to_string()),
            sqlx::Error::WorkerCrashed => unreachable("its thread ended".to_owned()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// By SQLite's primary result code (<https://www.sqlite.org/rescode.html>).
fn sqlite_fault(
    error: &SqliteError,
    reason: String,
    unreachable: impl FnOnce(String) -> StoreError,
) -> StoreError {
    use sqlx::error::DatabaseError;

    let code: u32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    match code & 0xff {
        5 | 6 => StoreError::Locked { reason },
        8 => StoreError::ReadOnly { reason },
        13 => StoreError::DiskFull { reason },
        11 | 26 => StoreError::Damaged { reason },
        10 | 14 => unreachable(reason),
        _ => StoreError::Other(reason),
    }
}

/// By PostgreSQL's SQLSTATE (appendix A of its manual).
fn postgres_fault(
    error: &PgDatabaseError,
    reason: String,
    unreachable: impl FnOnce(String) -> StoreError,
) -> StoreError {
    match error.code() {
        "53100" => StoreError::DiskFull { reason },
        "25006" => StoreError::ReadOnly { reason },
        "55P03" => StoreError::Locked { reason },
        // A statement's own time-out.
        "57014" => StoreError::Other(reason),
        // Connections refused or ended, no such user or database, too many clients.
        code if ["08", "28", "3D", "57", "53300"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            unreachable(reason)
        }
        _ => StoreError::Other(reason),
    }
}

fn names(migrations: &[String]) -> String {
    migrations.join(", ")
}
