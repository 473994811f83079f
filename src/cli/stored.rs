//! What commands need that read the store themselves, with or without a daemon.

use anyhow::{anyhow, bail};

use crate::app::location;
use crate::config::{self, Config, Flags};
use crate::driver::Entry;
use crate::store::{Database, Limits, Location};

/// Entries and deliveries that are read at once.
pub(super) const PAGE: usize = 500;

/// The checked configuration, or all that is wrong with it.
pub(super) fn configuration(flags: &Flags) -> anyhow::Result<Config> {
    config::load(flags).map_err(|problems| anyhow!("the configuration is refused\n{problems}"))
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

/// Gives each entry of rollout `id` to `take`, in order. Says how many there were.
pub(super) async fn each_entry(
    database: &Database,
    id: &str,
    mut take: impl FnMut(Entry) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let mut from = Some(0);
    let mut number = 0;
    while let Some(sequence) = from {
        let page = database.entries(id, sequence, PAGE).await?;
        from = page.next;
        for entry in page.items {
            number += 1;
            take(entry)?;
        }
    }
    if number == 0 {
        bail!(no_such_rollout(database, id));
    }
    Ok(number)
}

/// What is said of an id that is not there.
pub(super) fn no_such_rollout(database: &Database, id: &str) -> String {
    format!(
        "there is no rollout {id} in {}\n  hint: `serin history` lists them",
        database.place()
    )
}
