//! From the configured place to a store that this daemon writes to.

use std::time::Duration;

use anyhow::Context;
use gethostname::gethostname;
use secrecy::SecretString;
use tokio::time::sleep;

use super::late::Late;
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
pub(super) async fn open(store: &config::Store, late: &Late) -> anyhow::Result<Database> {
    let location = location(&store.url)?;
    loop {
        match Database::open(&location, Limits::default()).await {
            Ok(database) => return Ok(database),
            Err(error) => wait(error, late).await?,
        }
    }
}

/// Takes the database over, with the schema that this version works with: applied now, or waited for.
pub(super) async fn lead(database: &Database, store: &config::Store, late: &Late) -> anyhow::Result<Store> {
    let replica = replica(store);
    let mut told = false;
    loop {
        match try_lead(database, store.migrate, &replica).await {
            Ok(store) => return Ok(store),
            Err(OpenError::Store(StoreError::Schema(pending @ SchemaError::Pending(_)))) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!("not ready until then: {pending}");
                }
                sleep(PAUSE).await;
            }
            // Whoever applies what was waited for is not done yet.
            Err(OpenError::InUse { .. }) if told => sleep(PAUSE).await,
            Err(error) => wait(error, late).await?,
        }
    }
}

/// What this process is called.
pub(super) fn replica(store: &config::Store) -> String {
    match &store.replica {
        Some(name) => name.clone(),
        None => gethostname().to_string_lossy().into_owned(),
    }
}

async fn try_lead(database: &Database, migrate: Migrate, replica: &str) -> Result<Store, OpenError> {
    let migrations = database.migrations().await?;
    if migrate == Migrate::Auto && matches!(migrations.check(), Err(SchemaError::Pending(_))) {
        for migration in database.migrate().await? {
            tracing::info!(
                version = migration.version,
                name = migration.name,
                "migration applied"
            );
        }
    }
    database.lead(replica).await
}

/// Pauses where the fault passes by itself; the probes and, once, the log say what is waited for.
async fn wait(error: OpenError, late: &Late) -> Result<(), OpenError> {
    match error {
        OpenError::Store(fault) if fault.passes() => {
            if !late.waits(&fault) {
                tracing::warn!("waiting for the database: {fault}");
            }
            sleep(PAUSE).await;
            Ok(())
        }
        error => Err(error),
    }
}
