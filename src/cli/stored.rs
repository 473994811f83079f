//! What commands need that read the store themselves, with or without a daemon.

use anyhow::{anyhow, bail};

use crate::app::location;
use crate::config::{self, Config, Flags};
use crate::driver::Entry;
use crate::store::{Database, Limits, Location};

/// Entries that are read at once.
const PAGE: usize = 500;

/// The checked configuration, or all that is wrong with it.
pub(super) fn configuration(flags: &Flags) -> anyhow::Result<Config> {
    config::load(flags).map_err(|problems| anyhow!("the configuration is refused\n{problems}"))
}

/// The configured database. One that is not there is not made.
pub(super) async fn database(flags: &Flags) -> anyhow::Result<Database> {
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
        bail!(
            "there is no rollout {id} in {}\n  hint: `serin history` lists them",
            database.place()
        );
    }
    Ok(number)
}
