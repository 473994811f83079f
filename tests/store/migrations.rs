//! The schema's steps: applied, pending, unknown.

use serin::store::{Database, OpenError, SchemaError, StoreError};

use super::subject::{REPLICA, TestStore, on_both_stores, quick};

on_both_stores! {
    has_everything_applied_once,
    refuses_to_lead_while_steps_are_pending,
    refuses_a_newer_schema,
    refuses_a_step_that_was_applied_in_another_wording,
    lets_one_of_many_migrate,
}

async fn database(world: &TestStore) -> Database {
    Database::open(&world.location, quick()).await.unwrap()
}

async fn has_everything_applied_once(mut world: TestStore) {
    world.close();
    let database = database(&world).await;

    let again = database.migrate().await.unwrap();

    assert!(again.is_empty());
    let migrations = database.migrations().await.unwrap();
    assert_eq!(migrations.applied[0].name, "journal");
    assert_eq!(migrations.check(), Ok(()));
}

async fn refuses_to_lead_while_steps_are_pending(mut world: TestStore) {
    world.close();
    let tables = ["events", "outbox", "rollouts", "leases", "_sqlx_migrations"];
    for table in tables {
        world.somebody(&format!("DROP TABLE {table}")).await.leave().await;
    }
    let database = database(&world).await;

    let refused = database.lead(REPLICA).await.unwrap_err();

    assert!(
        refused
            .to_string()
            .contains("pending: 1 journal, 2 owed, 3 receipts; hint: run `serin migrate`"),
        "{refused}"
    );
    let pending = database.migrations().await.unwrap().pending;
    assert_eq!(database.migrate().await.unwrap(), pending);
    database.lead(REPLICA).await.unwrap();
}

async fn refuses_a_newer_schema(mut world: TestStore) {
    world.close();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'a later idea', TRUE, '', 0)";
    world.somebody(newer).await.leave().await;
    let database = database(&world).await;

    let lead = database.lead(REPLICA).await.unwrap_err();
    let migrate = database.migrate().await.unwrap_err();

    for refused in [lead, migrate] {
        let newer = SchemaError::Newer(vec!["9999 a later idea".into()]);
        assert_eq!(refused, OpenError::Store(StoreError::Schema(newer)));
        assert!(
            refused.to_string().contains("newer than this version of serin"),
            "{refused}"
        );
    }
    assert_eq!(database.migrations().await.unwrap().unknown[0].version, 9999);
}

async fn refuses_a_step_that_was_applied_in_another_wording(mut world: TestStore) {
    world.close();
    world
        .somebody("UPDATE _sqlx_migrations SET checksum = '\\x00'")
        .await
        .leave()
        .await;

    let refused = database(&world).await.migrate().await.unwrap_err();

    assert!(refused.to_string().contains("another wording"), "{refused}");
}

async fn lets_one_of_many_migrate(mut world: TestStore) {
    world.close();
    let fresh = if world.is_sqlite() {
        TestStore::fresh_sqlite()
    } else {
        TestStore::fresh_postgres().await
    };
    // One after the other: a new SQLite file may be said to be locked to whoever opens it beside its first opener.
    let mut databases = Vec::new();
    for _ in 0..4 {
        databases.push(Database::open(&fresh.location, quick()).await.unwrap());
    }

    let migrated = futures::future::join_all(databases.iter().map(Database::migrate)).await;

    // A SQLite file says that somebody else is at it; a PostgreSQL server lets them wait for each other.
    let in_use = |error: &OpenError| matches!(error, OpenError::InUse { .. });
    assert!(migrated.iter().any(Result::is_ok), "{migrated:?}");
    assert!(
        migrated
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(in_use),
        "{migrated:?}"
    );
    databases[0].lead(REPLICA).await.unwrap();
}
