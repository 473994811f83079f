//! What is particular to the server: its sessions, its secrets, and those who share it.

use std::path::Path;
use std::time::Duration;

use serin::driver::Outbox;
use serin::driver::ports::Journal;
use serin::store::{Database, Limits, OpenError, StoreError};
use sqlx::Row;

use super::recorded::{Append, aborted, together, under_way};
use super::subject::{Remembers, TestStore, location, quick, store_at};
use crate::world::postgres::{self, Server, TestDatabase};
use crate::world::process::free_port;

const ID: &str = "checkout-1700000000000";

#[tokio::test]
async fn an_older_daemon_is_refused_and_the_newer_goes_on() {
    let world = TestStore::postgres().await;
    let appends = under_way(ID);
    world.store().take(&appends[..2]).await;

    let newer = world.open_again().await.unwrap();

    newer.take(&appends[2..3]).await;
    let Append { entries, state } = &appends[3];
    let refused = world.store().append(entries, state).await.unwrap_err();
    assert!(
        refused
            .reason
            .contains("holds epoch 1, and epoch 2 is held by process"),
        "{refused}"
    );
    assert!(refused.reason.contains("at 127.0.0.1"), "{refused}");
    newer.take(&appends[3..]).await;
    assert_eq!(newer.all_entries(ID).await, together(&appends).entries);
}

#[tokio::test]
async fn another_replica_leads_only_once_the_leader_has_resigned() {
    let world = TestStore::postgres().await;
    world.store().renew().await.unwrap();

    let refused = world.open_as("serin-1").await.unwrap_err();

    assert!(
        refused
            .to_string()
            .contains("another serin leads here: serin-0 (process"),
        "{refused}"
    );
    let appends = under_way(ID);
    world.store().take(&appends[..2]).await;
    world.store().resign().await.unwrap();
    let newer = world.open_as("serin-1").await.unwrap();
    newer.take(&appends[2..]).await;
}

/// A standby after a failover, or an administrator's switch.
#[tokio::test]
async fn a_read_only_server_is_gone_on_with_once_it_takes_writes() {
    let server = Server::start("fsync = off");
    let database = server.database().await;
    let store = store_at(&database.url(), quick()).await;
    let appends = under_way(ID);
    store.take(&appends[..1]).await;

    let name = &database.name;
    database
        .run(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on"
        ))
        .await;
    // It holds for new sessions.
    server.crash();
    server.start_again();
    let Append { entries, state } = &appends[1];
    let refused = store.append(entries, state).await.unwrap_err();
    assert!(refused.reason.contains("the database is read-only"), "{refused}");

    let writable = format!("SET TRANSACTION READ WRITE; ALTER DATABASE {name} RESET ALL");
    database.run(&writable).await;
    store.take(&appends[1..]).await;
    assert_eq!(store.all_entries(ID).await, together(&appends).entries);
}

/// The server's own words for a full disk, in the middle of a transaction.
#[tokio::test]
async fn a_full_disk_is_gone_on_with_once_there_is_room() {
    let world = TestStore::postgres().await;
    let appends = under_way(ID);
    world.store().take(&appends[..1]).await;
    let mut somebody = world
        .somebody(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; \
             CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk()",
        )
        .await;

    let Append { entries, state } = &appends[1];
    let full = world.store().append(entries, state).await.unwrap_err();

    assert!(
        full.reason.contains("the disk is full (") && full.reason.contains("No space left"),
        "{full}"
    );
    assert_eq!(
        world.store().database().stored(ID).await.unwrap().as_ref(),
        Some(&*appends[0].state)
    );
    somebody.run("DROP TRIGGER full_disk ON events").await;
    world.store().take(&appends[1..]).await;
    assert_eq!(world.store().all_entries(ID).await, together(&appends).entries);
}

#[tokio::test]
async fn every_session_is_bounded_and_durable() {
    let database = postgres::database().await;
    // Whatever the database's own settings are.
    let name = &database.name;
    database
        .run(&format!("ALTER DATABASE {name} SET synchronous_commit = off"))
        .await;
    let store = store_at(&database.url(), Limits::default()).await;
    database
        .run(
            "CREATE TABLE seen (setting TEXT, value TEXT); \
             CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO seen SELECT name, setting FROM pg_settings; RETURN NULL; END $$; \
             CREATE TRIGGER look AFTER INSERT ON rollouts EXECUTE FUNCTION look()",
        )
        .await;

    store.take(&under_way(ID)[..1]).await;

    let mut connection = database.connect().await;
    for (setting, expected) in [
        ("synchronous_commit", "on"),
        ("statement_timeout", "4000"),
        ("lock_timeout", "3000"),
        ("idle_in_transaction_session_timeout", "10000"),
        ("application_name", "serin"),
    ] {
        let row = sqlx::query("SELECT value FROM seen WHERE setting = $1")
            .bind(setting)
            .fetch_one(&mut connection);
        assert_eq!(row.await.unwrap().get::<String, _>(0), expected, "{setting}");
    }
}

#[tokio::test]
async fn more_work_than_connections_waits_its_turn() {
    let database = postgres::database().await;
    let two = Limits {
        connections: 2,
        ..quick()
    };
    let store = store_at(&database.url(), two).await;
    let appends: Vec<Append> = (0..30)
        .map(|number| together(&under_way(&format!("canary{number}-1700000000000"))[..2]))
        .collect();

    futures::future::join_all(
        appends
            .iter()
            .map(|append| store.take(std::slice::from_ref(append))),
    )
    .await;

    assert_eq!(store.unfinished().await.unwrap().len(), 30);
    let mut connection = database.connect().await;
    let sessions = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'serin'";
    let sessions: i64 = sqlx::query_scalar(sessions)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(sessions <= 2, "{sessions} sessions");
}

#[tokio::test]
async fn work_that_has_no_turn_in_time_says_so() {
    let database = postgres::database().await;
    let one = Limits {
        connections: 1,
        turn: Duration::from_millis(10),
        ..quick()
    };
    let store = store_at(&database.url(), one).await;
    let mut somebody = database.connect().await;
    let lock = "BEGIN; LOCK TABLE rollouts IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut somebody).await.unwrap();

    let (locked, turned_away) = futures::future::join(store.unfinished(), store.backlog()).await;

    assert!(locked.unwrap_err().reason.contains("locked by another process"));
    let reason = turned_away.unwrap_err().reason;
    assert!(
        reason.contains("all 1 connections to the database are in use"),
        "{reason}"
    );
}

#[tokio::test]
async fn no_password_is_in_anything_that_is_said() {
    const PASSWORD: &str = "open-sesame";
    let server = Server::start("fsync = off");
    let database = server.database().await;
    database.run("ALTER USER test PASSWORD 'another one'").await;
    server.ask_for_passwords();
    let url = |port: u16| format!("postgres://test:{PASSWORD}@127.0.0.1:{port}/{}", database.name);
    let mut said = Vec::new();

    for (url, expected) in [
        (url(database.port), "password authentication failed"),
        (url(free_port()), "Connection refused"),
        (format!("{}?sslmode=require", url(database.port)), "TLS"),
        (
            format!(
                "{}?sslrootcert=/nowhere.pem&sslmode=verify-full",
                url(database.port)
            ),
            "TLS",
        ),
    ] {
        let location = location(&url);
        let refused = Database::open(&location, quick()).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
        said.push(format!("{refused} {refused:?} {location} {location:?}"));
    }
    let right = format!(
        "postgres://test:another one@127.0.0.1:{}/{}",
        database.port, database.name
    );
    let database = Database::open(&location(&right), quick()).await.unwrap();
    said.push(format!("{database:?} {}", database.place()));
    for said in said {
        assert!(
            !said.contains(PASSWORD) && !said.contains("another one"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_server_proves_with_its_certificate_who_it_is() {
    let server = Server::start("fsync = off");
    let database = server.database().await;
    let certificate = server.take_tls();
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let strangers = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&strangers, stranger.cert.pem()).unwrap();
    let url = |host: &str, root: &Path| {
        let (port, name, root) = (database.port, &database.name, root.display());
        format!("postgres://test@{host}:{port}/{name}?sslmode=verify-full&sslrootcert={root}")
    };

    let store = store_at(&url("localhost", &certificate), quick()).await;
    store.take(&under_way(ID)).await;

    let mut connection = database.connect().await;
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'serin'";
    assert!(
        sqlx::query_scalar::<_, bool>(encrypted)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    );
    for url in [url("localhost", strangers.path()), url("127.0.0.1", &certificate)] {
        let refused = Database::open(&location(&url), quick()).await.unwrap_err();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let database = postgres::database().await;
    let nowhere = TestDatabase {
        name: "nowhere".into(),
        ..database
    };

    let refused = Database::open(&nowhere.location(), quick()).await.unwrap_err();

    assert!(matches!(
        refused,
        OpenError::Store(StoreError::Unreachable { .. })
    ));
    assert!(
        refused
            .to_string()
            .contains("database \"nowhere\" does not exist"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let latin = postgres::database().await;
    let name = format!("{}_latin", latin.name);
    let create = format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    latin.run(&create).await;
    let latin = TestDatabase { name, ..latin };

    let refused = Database::open(&latin.location(), quick()).await.unwrap_err();

    assert!(
        refused
            .to_string()
            .contains("expected server_encoding to be UTF8, found LATIN1"),
        "{refused}"
    );
}

/// What waits while one append holds the rollout's row has its turn afterwards.
#[tokio::test]
async fn two_appends_of_one_rollout_at_once_are_taken_one_after_the_other() {
    let world = TestStore::postgres().await;
    let append = together(&aborted(ID));

    let both = futures::future::join(
        world.store().append(&append.entries, &append.state),
        world.store().append(&append.entries, &append.state),
    )
    .await;

    // Both may find nothing and write the same: the second is then told so, and tries again.
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    world.store().take(std::slice::from_ref(&append)).await;
    assert_eq!(world.store().all_entries(ID).await, append.entries);
}
