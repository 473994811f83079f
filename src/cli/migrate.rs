//! `serin migrate`: the store's schema, listed and brought up to this version.

use std::io::{self, Write};

use clap::Args;
use serde_json::json;

use super::{Exit, Output, stored};
use crate::app::location;
use crate::config::StoreFlags;
use crate::store::{Database, Limits, Migration, Migrations};

/// What `serin migrate` takes.
#[derive(Debug, Args)]
pub(super) struct MigrateArguments {
    /// Only list what is applied and what is pending.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    store: StoreFlags,
}

/// Applies what is pending, and lists. A list with something pending is no error; a schema that is not this version's is.
pub(super) async fn run(arguments: &MigrateArguments, output: Output) -> anyhow::Result<Exit> {
    let StoreFlags(flags) = &arguments.store;
    let config = stored::configuration(flags)?;
    let database = if arguments.list {
        stored::whatever_its_schema(flags).await?
    } else {
        Database::open(&location(&config.store.url)?, Limits::default()).await?
    };
    let newly = if arguments.list {
        Vec::new()
    } else {
        database.migrate().await?
    };
    let migrations = database.migrations().await?;
    print(&database, &migrations, &newly, output)?;
    database.close().await;
    Ok(if migrations.unknown.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}

fn print(
    database: &Database,
    migrations: &Migrations,
    newly: &[Migration],
    output: Output,
) -> io::Result<()> {
    let Migrations {
        applied,
        pending,
        unknown,
    } = migrations;
    let mut stdout = io::stdout().lock();
    if output == Output::Json {
        let list = |migrations: &[Migration]| -> Vec<_> {
            let each = migrations.iter();
            each.map(|migration| json!({"version": migration.version, "name": migration.name}))
                .collect()
        };
        return writeln!(
            stdout,
            "{}",
            json!({
                "store": database.place(),
                "applied": list(applied),
                "appliedNow": list(newly),
                "pending": list(pending),
                "unknown": list(unknown),
            })
        );
    }
    writeln!(stdout, "{}", database.place())?;
    for migration in applied {
        let word = if newly.contains(migration) {
            "applied now"
        } else {
            "applied"
        };
        line(&mut stdout, migration, word)?;
    }
    for migration in pending {
        line(&mut stdout, migration, "pending")?;
    }
    for migration in unknown {
        line(&mut stdout, migration, "unknown to this version, and newer")?;
    }
    Ok(())
}

fn line(stdout: &mut impl Write, migration: &Migration, word: &str) -> io::Result<()> {
    writeln!(stdout, "  {:04}  {}  {word}", migration.version, migration.name)
}
