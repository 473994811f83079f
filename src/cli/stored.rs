//! What commands need that read the store themselves, with or without a daemon.

use anyhow::{anyhow, bail};

use crate::app::{self, location};
use crate::config::{self, Config, Flags};
use crate::document::Problems;
use crate::store::{Database, Limits, Location};

/// The checked configuration, or all that is wrong with it.
pub(super) fn configuration(flags: &Flags) -> anyhow::Result<Config> {
    let refused = |problems: Problems| anyhow!("the configuration is refused\n{problems}");
    let config = config::load(flags).map_err(refused)?;
    let wrong = app::wrong_templates(&config);
    if wrong.is_empty() {
        Ok(config)
    } else {
        Err(refused(wrong))
    }
}

/// The configured database, with the schema that this version reads. One that is not there is not made.
pub(super) async fn database(flags: &Flags) -> anyhow::Result<Database> {
    let database = whatever_its_schema(flags).await?;
    database.migrations().await?.check()?;
    Ok(database)
}

/// The configured database, with whatever schema. One that is not there is not made.
pub(super) async fn whatever_its_schema(flags: &Flags) -> anyhow::Result<Database> {
    let config = configuration(flags)?;
    let location = location(&config.store.url)?;
    if let Location::Sqlite(path) = &location
        && !path.exists()
    {
        bail!(
            "there is no store at {}\n  hint: name it with --store-url sqlite:FILE, or start serin serve, which makes it",
            path.display()
        );
    }
    Ok(Database::open(&location, Limits::default()).await?)
}
