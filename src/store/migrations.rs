//! The schema's steps, in both dialects, and which of them a database has.
//!
//! A step is never edited once it was released: expand first, contract in a later version. Steps are applied each in a
//! transaction of its own, by one process at a time, and remembered in `_sqlx_migrations` (so sqlx's own tool can read it).

use std::collections::BTreeMap;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration as Step, MigrationType, Migrator};

use super::error::{SchemaError, StoreError};
use super::session::{Dialect, Session};

/// A step in both dialects.
struct Script {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All steps in order; the first is number 1.
const SCRIPTS: [Script; 3] = [
    Script {
        name: "journal",
        sqlite: include_str!("migrations/sqlite/0001_journal.sql"),
        postgres: include_str!("migrations/postgres/0001_journal.sql"),
    },
    Script {
        name: "owed",
        sqlite: include_str!("migrations/sqlite/0002_owed.sql"),
        postgres: include_str!("migrations/postgres/0002_owed.sql"),
    },
    Script {
        name: "receipts",
        sqlite: include_str!("migrations/sqlite/0003_receipts.sql"),
        postgres: include_str!("migrations/postgres/0003_receipts.sql"),
    },
];

/// One step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Counts up from 1.
    pub version: i64,
    /// What it is about.
    pub name: String,
}

/// Which steps a database has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Migrations {
    /// Known and applied.
    pub applied: Vec<Migration>,
    /// Known and not applied yet.
    pub pending: Vec<Migration>,
    /// Applied and not known: a newer version of serin was here.
    pub unknown: Vec<Migration>,
}

impl Migrations {
    /// Whether this version of serin can work with the database.
    ///
    /// # Errors
    /// Where steps are unknown or pending.
    pub fn check(&self) -> Result<(), SchemaError> {
        self.check_not_newer()?;
        if self.pending.is_empty() {
            Ok(())
        } else {
            Err(SchemaError::Pending(names(&self.pending)))
        }
    }

    pub(super) fn check_not_newer(&self) -> Result<(), SchemaError> {
        if self.unknown.is_empty() {
            Ok(())
        } else {
            Err(SchemaError::Newer(names(&self.unknown)))
        }
    }
}

/// Reads which steps the database has. Changes nothing: who may only read and write rows may ask as well.
pub(super) async fn status(session: &mut Session<'_>) -> Result<Migrations, StoreError> {
    let exists = match session.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE name = '_sqlx_migrations'",
        Dialect::Postgres => "SELECT CAST(to_regclass('_sqlx_migrations') AS TEXT)",
    };
    let exists = match session.row(exists, &[]).await? {
        Some(row) => row.optional_text(0)?.is_some(),
        None => false,
    };
    let mut unknown = BTreeMap::new();
    if exists {
        let applied = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
        for row in session.rows(applied, &[]).await? {
            unknown.insert(row.number(0)?, row.text(1)?);
        }
    }
    let mut migrations = Migrations::default();
    for (version, script) in (1..).zip(&SCRIPTS) {
        let list = match unknown.remove(&version) {
            Some(_) => &mut migrations.applied,
            None => &mut migrations.pending,
        };
        list.push(Migration {
            version,
            name: script.name.to_owned(),
        });
    }
    let unknown = unknown.into_iter();
    migrations.unknown = unknown
        .map(|(version, name)| Migration { version, name })
        .collect();
    Ok(migrations)
}

/// The steps as sqlx applies them.
pub(super) fn migrator(dialect: Dialect) -> Migrator {
    let steps = (1..).zip(&SCRIPTS).map(|(version, script)| {
        let sql = match dialect {
            Dialect::Sqlite => script.sqlite,
            Dialect::Postgres => script.postgres,
        };
        let in_transaction = false;
        Step::new(
            version,
            script.name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            in_transaction,
        )
    });
    Migrator::with_migrations(steps.collect())
}

pub(super) fn fault(error: MigrateError, place: &str) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            StoreError::from_sqlx(error, place)
        }
        MigrateError::VersionMissing(version) => SchemaError::Newer(vec![version.to_string()]).into(),
        MigrateError::VersionMismatch(version) => SchemaError::Changed(version.to_string()).into(),
        other => StoreError::Other(other.to_string()),
    }
}

fn names(migrations: &[Migration]) -> Vec<String> {
    let names = migrations.iter();
    names
        .map(|migration| format!("{} {}", migration.version, migration.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_file_is_a_step_in_both_dialects() {
        for dialect in ["sqlite", "postgres"] {
            let folder = fs::read_dir(format!("src/store/migrations/{dialect}")).unwrap();
            let mut files: Vec<String> = folder
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let steps: Vec<String> = (1..)
                .zip(&SCRIPTS)
                .map(|(version, script)| format!("{version:04}_{}.sql", script.name))
                .collect();
            assert_eq!(files, steps, "{dialect}");
        }
    }
}
