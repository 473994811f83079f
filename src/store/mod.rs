//! Remembers, in a SQLite file or in PostgreSQL: the journal, the judge's state, and the news that people must hear.
//!
//! What it promises:
//!
//! - An append is within one transaction, and durable once it is answered; failed it leaves nothing behind, and dropped nothing or
//!   all of it.
//! - One daemon writes: a SQLite file is locked, and every write asks whether this daemon still holds the epoch.
//! - Every fault is a value with its reason; nothing is half done, and it goes on by itself once the cause is gone.
//! - Every wait and every page is bounded ([`Limits`]); nothing that it prints has a password in it.
//!
//! What it leaves to others: when to try again, and what a fault means for a rollout.
//!
//! ```text
//!  Location ──open──▶ Database ──lead──▶ Store ──▶ Journal, Outbox, history, retention
//!                        └ migrations, migrate
//! ```
//!
//! Both dialects share every statement but a few (`session.rs` is the one place that knows both); the schema stands in
//! `migrations/`, once for each.

mod append;
mod database;
mod error;
mod group;
mod history;
mod leader;
mod limits;
mod location;
mod migrations;
mod outbox;
mod pool;
mod postgres;
mod retention;
mod selection;
mod session;
mod sqlite;
mod words;

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

pub use database::Database;
pub use error::{OpenError, SchemaError, StoreError};
pub use history::{Cursor, CursorError};
pub use limits::Limits;
pub use location::{Location, LocationError, PostgresUrl};
pub use migrations::{Migration, Migrations};
pub use retention::{Pruned, Retention};

use crate::driver::ports::{Clock, Journal, JournalError};
use crate::driver::{Entry, Stored};
use group::{Append, Groups};
use session::Session;

/// Between two renewals of the lease: two may fail before it runs out.
pub const RENEWAL: Duration = Duration::from_secs(3);

/// A database that this daemon writes to.
#[derive(Debug)]
pub struct Store {
    database: Database,
    epoch: i64,
    groups: Groups,
    /// What a write found: that another daemon holds the epoch now.
    superseded: watch::Sender<Option<StoreError>>,
    /// Held for as long as the store lives; PostgreSQL has none.
    _lock: Option<File>,
}

impl Store {
    /// The database underneath.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Makes a write that nobody reads, and gives how long that took. It changes something all the same: what stays as it was
    /// SQLite does not write, and a full disk would go unnoticed.
    ///
    /// # Errors
    /// Where an append would fail now.
    pub async fn health(&self, clock: &dyn Clock) -> Result<Duration, StoreError> {
        let began = clock.now();
        self.database
            .bounded(async {
                let mut session = self.begin().await?;
                let count = "INSERT INTO leases (name, epoch, holder) VALUES ('health', 1, 'nobody') \
                             ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1";
                session.execute(count, &[]).await?;
                session.commit().await
            })
            .await?;
        Ok(clock.now().since(began))
    }

    /// Renews the lease by which other replicas know that this one lives; to be called every [`RENEWAL`]. A SQLite file's lock
    /// needs none.
    ///
    /// # Errors
    /// Where an append would fail now.
    pub async fn renew(&self) -> Result<(), StoreError> {
        self.keep_lease(true).await
    }

    /// Gives the lease up: another replica may take over at once. The last write of this daemon.
    ///
    /// # Errors
    /// Where an append would fail now; the lease then runs out.
    pub async fn resign(&self) -> Result<(), StoreError> {
        self.keep_lease(false).await
    }

    async fn keep_lease(&self, goes_on: bool) -> Result<(), StoreError> {
        if self.database.is_a_file() {
            return Ok(());
        }
        self.database
            .bounded(async {
                let mut session = self.begin().await?;
                leader::renew(&mut session, goes_on).await?;
                session.commit().await
            })
            .await
    }

    /// All of them in one transaction.
    async fn write(&self, appends: &[Arc<Append>]) -> Result<(), StoreError> {
        let mut session = self.begin().await?;
        append::append(&mut session, appends).await?;
        session.commit().await
    }

    /// Waits until a write finds that another daemon has taken the database over; gives what it found. From then on this
    /// store takes no write any more.
    pub async fn superseded(&self) -> StoreError {
        let mut superseded = self.superseded.subscribe();
        let found = superseded.wait_for(Option::is_some).await;
        let found = found.expect("the sender lives as long as the store, which is borrowed");
        found.clone().expect("it was waited for")
    }

    /// A transaction of the daemon that holds the epoch.
    async fn begin(&self) -> Result<Session<'_>, StoreError> {
        let mut session = self.database.writing().await?;
        session.begin().await?;
        if let Err(error) = leader::check(&mut session, self.epoch).await {
            if matches!(error, StoreError::Superseded { .. }) {
                self.superseded.send_replace(Some(error.clone()));
            }
            return Err(error);
        }
        Ok(session)
    }
}

#[async_trait]
impl Journal for Store {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        let append = Append {
            entries: entries.to_vec(),
            state: Arc::clone(state),
        };
        let appended = self.database.bounded(async {
            if self.database.is_a_file() {
                self.groups.append(self, append).await
            } else {
                self.write(&[Arc::new(append)]).await
            }
        });
        Ok(appended.await?)
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        Ok(history::unfinished(&self.database).await?)
    }
}
