//! What the daemons of a home leave behind: their log and other files, and their store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;

use super::{fail_with, files, find};
use crate::world::postgres::TestDatabase;

/// The folder in which a home's secrets stand, each in a file.
const SECRETS: &str = "secrets";

/// The tables of everybody but the server itself.
const TABLES: &str = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables \
                      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";

/// It is there for as long as anybody has it: the home, and each of its daemons.
pub(crate) struct Left {
    pub(crate) folder: TempDir,
    /// Where a SQLite store is: in the folder, or on a disk of its own.
    pub(crate) store_file: Option<PathBuf>,
    /// Where a store in PostgreSQL is, whatever stands between the daemon and it.
    pub(crate) database: Option<TestDatabase>,
    /// Files in which tests have put secrets that do not belong there.
    planted: Mutex<BTreeSet<PathBuf>>,
}

impl Left {
    /// Nothing yet, at a store with this URL.
    pub(crate) fn new(folder: TempDir, store: &str) -> Self {
        Self {
            folder,
            store_file: store.strip_prefix("sqlite:").map(PathBuf::from),
            database: TestDatabase::of_url(store),
            planted: Mutex::default(),
        }
    }

    /// The folder for secrets.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.path().join(SECRETS)
    }

    /// This file has a secret by the test's own will.
    pub(crate) fn planted(&self, path: PathBuf) {
        self.planted.lock().unwrap().insert(path);
    }

    /// Fails where anything of it tells a secret, or `said` does, which a daemon printed.
    pub(crate) fn sweep(&self, said: &[u8]) {
        let mut finds = self.finds();
        finds.extend(find(said).map(|found| format!("the daemon's stdout: {found}")));
        fail_with(&finds);
    }

    /// The places that tell a secret, with what stands there.
    pub(crate) fn finds(&self) -> Vec<String> {
        let (secrets, planted) = (self.secrets(), self.planted.lock().unwrap().clone());
        let mut finds = files(self.folder.path(), &|path| {
            path != secrets && !planted.contains(path)
        });
        finds.extend(self.store_beyond_the_folder());
        finds.extend(self.database.clone().into_iter().flat_map(rows));
        finds
    }

    fn store_beyond_the_folder(&self) -> Vec<String> {
        let beyond = self.store_file.as_deref().and_then(Path::parent);
        let beyond = beyond.filter(|folder| *folder != self.folder.path());
        beyond.map(|folder| files(folder, &|_| true)).unwrap_or_default()
    }
}

/// What is found in the rows of all tables, from wherever it is asked: a runtime that a test stands in cannot wait for another.
fn rows(database: TestDatabase) -> Vec<String> {
    let asking = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let mut connection = database.connect().await;
            let finds = tables(&mut connection, &database.name).await;
            connection.close().await.unwrap();
            finds
        })
    });
    asking
        .join()
        .expect("a database whose daemon is swept can be asked")
}

async fn tables(connection: &mut PgConnection, database: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(TABLES)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    let mut finds = Vec::new();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} AS t"));
        let rows: Vec<String> = sqlx::query_scalar(rows)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let found = rows.iter().find_map(|row| find(row.as_bytes()));
        finds.extend(found.map(|found| format!("{database}, {table}: {found}")));
    }
    finds
}
