//! The three journals that the contract is held against.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serin::driver::ports::Journal;
use serin::driver::{Entry, MemoryJournal, Outbox};
use serin::store::{Database, Limits, Location, OpenError, Store};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

use super::recorded::Append;
use crate::world::postgres::{self, TestDatabase};

/// The name of the daemon whose store it is.
pub(super) const REPLICA: &str = "serin-0";

/// A journal whose entries a test may read back.
#[async_trait]
pub(super) trait Remembers: Journal + Outbox {
    async fn all_entries(&self, rollout: &str) -> Vec<Entry>;

    /// Appends all of it, one after the other.
    async fn take(&self, appends: &[Append]) {
        for append in appends {
            self.append(&append.entries, &append.state).await.unwrap();
        }
    }
}

#[async_trait]
impl Remembers for MemoryJournal {
    async fn all_entries(&self, rollout: &str) -> Vec<Entry> {
        self.entries(rollout)
    }
}

#[async_trait]
impl Remembers for Store {
    async fn all_entries(&self, rollout: &str) -> Vec<Entry> {
        let (mut entries, mut from) = (Vec::new(), Some(0));
        while let Some(sequence) = from {
            let page = self.database().entries(rollout, sequence, 7).await.unwrap();
            entries.extend(page.items);
            from = page.next;
        }
        entries
    }
}

/// A store in a database of its own.
pub(super) struct TestStore {
    pub(super) location: Location,
    place: Place,
    store: Option<Store>,
}

enum Place {
    Folder(TempDir),
    Database(TestDatabase),
}

impl TestStore {
    pub(super) async fn sqlite() -> Self {
        Self::fresh_sqlite().migrated().await
    }

    pub(super) async fn postgres() -> Self {
        Self::fresh_postgres().await.migrated().await
    }

    /// An empty folder; nobody opened anything in it.
    pub(super) fn fresh_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            location: sqlite_location(&folder.path().join("serin.db")),
            place: Place::Folder(folder),
            store: None,
        }
    }

    /// An empty database.
    pub(super) async fn fresh_postgres() -> Self {
        let database = postgres::database().await;
        Self {
            location: database.location(),
            place: Place::Database(database),
            store: None,
        }
    }

    async fn migrated(mut self) -> Self {
        let database = Database::open(&self.location, quick()).await.unwrap();
        database.migrate().await.unwrap();
        self.store = Some(database.lead(REPLICA).await.unwrap());
        self
    }

    pub(super) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Ends the daemon's use of it.
    pub(super) fn close(&mut self) {
        self.store = None;
    }

    /// Another daemon's attempt to open it, of the same name: as if it was started anew.
    pub(super) async fn open_again(&self) -> Result<Store, OpenError> {
        self.open_as(REPLICA).await
    }

    /// Another replica's attempt to open it.
    pub(super) async fn open_as(&self, replica: &str) -> Result<Store, OpenError> {
        Database::open(&self.location, quick()).await?.lead(replica).await
    }

    /// As a process that died and was started anew.
    pub(super) async fn reopen(&mut self) -> &Store {
        self.close();
        self.store = Some(self.open_again().await.unwrap());
        self.store()
    }

    /// Somebody else's session, which runs these statements and stays as they leave it.
    pub(super) async fn somebody(&self, sql: &str) -> Somebody {
        let mut somebody = match &self.place {
            Place::Folder(folder) => {
                let options =
                    sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("serin.db"));
                Somebody::Sqlite(options.connect().await.unwrap())
            }
            Place::Database(database) => Somebody::Postgres(database.connect().await),
        };
        somebody.run(sql).await;
        somebody
    }

    /// Where the file is.
    pub(super) fn folder(&self) -> &Path {
        match &self.place {
            Place::Folder(folder) => folder.path(),
            Place::Database(_) => panic!("a server has no folder"),
        }
    }

    pub(super) const fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }
}

/// Somebody else's connection.
pub(super) enum Somebody {
    Sqlite(SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Somebody {
    pub(super) async fn run(&mut self, sql: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => statements.execute(connection).await.map(drop),
            Self::Postgres(connection) => statements.execute(connection).await.map(drop),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(super) async fn leave(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
        .unwrap();
    }
}

/// The store at `url`, migrated.
pub(super) async fn store_at(url: &str, limits: Limits) -> Store {
    let database = Database::open(&location(url), limits).await.unwrap();
    database.migrate().await.unwrap();
    database.lead(REPLICA).await.unwrap()
}

/// A server's database.
pub(super) fn location(url: &str) -> Location {
    Location::parse(&SecretString::from(url)).unwrap()
}

/// The file at `path`.
pub(super) fn sqlite_location(path: &Path) -> Location {
    Location::parse(&SecretString::from(path.to_str().unwrap())).unwrap()
}

/// Short waits: what is locked in a test stays locked. Still long enough for a machine that is busy with other tests.
pub(super) fn quick() -> Limits {
    Limits {
        busy: Duration::from_millis(200),
        lock: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// Runs each test on a SQLite file and on a PostgreSQL database.
macro_rules! on_both_stores {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test(super::TestStore::sqlite().await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $test() { super::$test(super::TestStore::postgres().await).await; })*
        }
    };
}
pub(super) use on_both_stores;

/// Runs each test on these two, and in memory.
macro_rules! on_every_journal {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $test() { super::$test(&serin::driver::MemoryJournal::default()).await; })*
        }
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test(super::TestStore::sqlite().await.store()).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $test() { super::$test(super::TestStore::postgres().await.store()).await; })*
        }
    };
}
pub(super) use on_every_journal;
