//! From the configured place to a store that this daemon writes to.

use std::time::Duration;

use anyhow::Context;
use secrecy::SecretString;
use tokio::time::sleep;

use crate::config::{self, Migrate, StoreUrl};
use crate::store::{Database, Limits, Location, OpenError, SchemaError, Store, StoreError};

/// Pause before a start that waits for somebody asks again.
const PAUSE: Duration = Duration::from_secs(1);

/// Where the store is.
///
/// # Errors
/// If the URL is one that the store cannot use.
pub fn location(url: &StoreUrl) -> anyhow::Result<Location> {
    match url {
        StoreUrl::Sqlite(path) => Ok(Location::Sqlite(path.clone())),
        StoreUrl::Postgres(url) => {
            let text = SecretString::from(url.expose());
            Location::parse(&text).context("`store.url`")
        }
    }
}

/// Opens the database; waits for one that is not there yet, which a restart of both brings about.
pub(super) async fn open(store: &config::Store) -> anyhow::Result<Database> {
    let location = location(&store.url)?;
    let mut told = false;
    loop {
        match Database::open(&location, Limits::default()).await {
            Ok(database) => return Ok(database),
            Err(OpenError::Store(error @ StoreError::Unreachable { .. })) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!("waiting for the database: {error}");
                }
                sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes the database over, with the schema that this version works with: applied now, or waited for.
pub(super) async fn lead(database: &Database, migrate: Migrate) -> anyhow::Result<Store> {
    let mut told = false;
    loop {
        let migrations = database.migrations().await?;
        match migrations.check() {
            Ok(()) => return Ok(database.lead().await?),
            Err(SchemaError::Pending(_)) if migrate == Migrate::Auto => {
                for migration in database.migrate().await? {
                    tracing::info!(
                        version = migration.version,
                        name = migration.name,
                        "migration applied"
                    );
                }
            }
            Err(pending @ SchemaError::Pending(_)) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!("not ready until then: {pending}");
                }
                sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
