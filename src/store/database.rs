//! An open database: connections, and the schema that is or is not there yet.
//!
//! Opening it writes nothing but SQLite's own header. It becomes a [`Store`] by [`lead`](Database::lead), once its schema is
//! the one that this version works with.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{PgConnection, SqliteConnection};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Store;
use super::error::{OpenError, StoreError};
use super::group::Groups;
use super::leader;
use super::limits::Limits;
use super::location::Location;
use super::migrations::{self, Migrations};
use super::pool::Pool;
use super::session::{DialectConnection, Session};
use super::sqlite;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Open>);

struct Open {
    place: String,
    limits: Limits,
    connections: Connections,
}

enum Connections {
    /// SQLite has one writer at a time; with one connection that writes, waiting for the turn is ours.
    Sqlite {
        path: PathBuf,
        writer: Box<Pool<SqliteConnection>>,
        readers: Box<Pool<SqliteConnection>>,
    },
    Postgres(Box<Pool<PgConnection>>),
}

impl Database {
    /// Opens the database at `location`; a SQLite file is made where there is none.
    ///
    /// # Errors
    /// Where it cannot be opened, or a setting that durability needs cannot be had.
    pub async fn open(location: &Location, limits: Limits) -> Result<Self, OpenError> {
        let (place, connections) = match location {
            Location::Sqlite(path) => {
                let path = sqlite::make(path)?;
                let place = path.display().to_string();
                let options = sqlite::options(&path, &limits);
                let reading = options.clone().pragma("query_only", "ON");
                let connections = Connections::Sqlite {
                    path,
                    writer: Box::new(Pool::new(options, place.clone(), limits, 1)),
                    readers: Box::new(Pool::new(reading, place.clone(), limits, limits.connections)),
                };
                (place, connections)
            }
            Location::Postgres(url) => {
                let place = url.to_string();
                let options = url.options().map_err(OpenError::Url)?;
                let pool = Pool::new(options, place.clone(), limits, limits.connections);
                (place, Connections::Postgres(Box::new(pool)))
            }
        };
        let database = Self(Arc::new(Open {
            place,
            limits,
            connections,
        }));
        // The writer's settings are checked now, and again with every new connection.
        database.bounded(database.writing()).await?.give_back();
        Ok(database)
    }

    /// Where it is, without a password.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// Which steps of the schema it has.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn migrations(&self) -> Result<Migrations, StoreError> {
        self.bounded(async {
            let mut session = self.reading().await?;
            let migrations = migrations::status(&mut session).await?;
            session.give_back();
            Ok(migrations)
        })
        .await
    }

    /// Applies the pending steps, and gives what was pending. Several processes may do so at once: one does it.
    ///
    /// # Errors
    /// Where the schema is newer than this version, a SQLite file is in use by a daemon, or a step fails (it is then not
    /// applied, those before it are).
    pub async fn migrate(&self) -> Result<Vec<migrations::Migration>, OpenError> {
        let _lock = self.lock()?;
        let migrations = self.migrations().await?;
        migrations.check_not_newer()?;
        let mut session = self.writing().await?;
        let migrator = migrations::migrator(session.dialect());
        let patience = self.0.limits.migration;
        timeout(patience, async {
            match &mut session.connection {
                DialectConnection::Sqlite(checkout) => migrator.run(checkout.connection()).await,
                DialectConnection::Postgres(checkout) => {
                    let connection = checkout.connection();
                    // This connection is not given back, so these settings end with it.
                    let settings = "SET statement_timeout = 0; SET lock_timeout = 0";
                    sqlx::raw_sql(settings).execute(&mut *connection).await?;
                    migrator.run(connection).await
                }
            }
        })
        .await
        .map_err(|_| StoreError::TimedOut(patience))?
        .map_err(|error| migrations::fault(error, self.place()))?;
        Ok(migrations.pending)
    }

    /// Takes the database over for writing: from now on, whoever took it before is refused. `replica` names this daemon among
    /// those that may lead, and is the same after a restart.
    ///
    /// # Errors
    /// Where another replica leads ([`StoreError::Led`]), the schema is newer or steps are pending, a SQLite file is in use by another daemon, or the database cannot
    /// be written to.
    pub async fn lead(&self, replica: &str) -> Result<Store, OpenError> {
        let lock = self.lock()?;
        self.migrations().await?.check()?;
        let epoch = self
            .bounded(async {
                let mut session = self.writing().await?;
                session.begin().await?;
                let epoch = leader::take(&mut session, replica).await?;
                session.commit().await?;
                Ok(epoch)
            })
            .await?;
        Ok(Store {
            database: self.clone(),
            epoch,
            groups: Groups::default(),
            superseded: watch::Sender::default(),
            _lock: lock,
        })
    }

    /// Closes idle connections politely. Those in use close when their use ends.
    pub async fn close(&self) {
        match &self.0.connections {
            Connections::Sqlite { writer, readers, .. } => {
                readers.close().await;
                // The last one to close folds the write-ahead log into the file.
                writer.close().await;
            }
            Connections::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether it is a SQLite file: then writes wait for each other, whatever they write.
    pub(super) fn is_a_file(&self) -> bool {
        matches!(self.0.connections, Connections::Sqlite { .. })
    }

    /// A session that reads.
    pub(super) async fn reading(&self) -> Result<Session<'_>, StoreError> {
        let connection = match &self.0.connections {
            Connections::Sqlite { readers, .. } => DialectConnection::Sqlite(readers.take().await?),
            Connections::Postgres(pool) => DialectConnection::Postgres(pool.take().await?),
        };
        Ok(self.session(connection))
    }

    /// A session that may write.
    pub(super) async fn writing(&self) -> Result<Session<'_>, StoreError> {
        let connection = match &self.0.connections {
            Connections::Sqlite { writer, .. } => DialectConnection::Sqlite(writer.take().await?),
            Connections::Postgres(pool) => DialectConnection::Postgres(pool.take().await?),
        };
        Ok(self.session(connection))
    }

    /// `work`, given up after the time that one operation may take.
    pub(super) async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let patience = self.0.limits.operation;
        timeout(patience, work)
            .await
            .unwrap_or(Err(StoreError::TimedOut(patience)))
    }

    fn session<'d>(&'d self, connection: DialectConnection<'d>) -> Session<'d> {
        Session {
            connection,
            place: &self.0.place,
        }
    }

    /// The file's lock; PostgreSQL has epochs instead.
    fn lock(&self) -> Result<Option<File>, OpenError> {
        match &self.0.connections {
            Connections::Sqlite { path, .. } => sqlite::lock(path).map(Some),
            Connections::Postgres(_) => Ok(None),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("place", &self.0.place)
            .finish_non_exhaustive()
    }
}
