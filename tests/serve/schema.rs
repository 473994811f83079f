//! Schemas of another version, as the program says it.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::daemon::{Daemon, Starting, probe, run, until};
use super::place::Place;
use crate::world::postgres::{self, TestDatabase};

/// Where a schema is, and how somebody gets at it.
enum Store {
    Sqlite,
    Postgres(TestDatabase),
}

impl Store {
    async fn place(on_postgres: bool) -> (Place, Self) {
        if on_postgres {
            let database = postgres::database().await;
            (Place::at(database.url(), "", 1).await, Self::Postgres(database))
        } else {
            (Place::new("", 1).await, Self::Sqlite)
        }
    }

    /// A later version was here.
    async fn turn_newer(&self, place: &Place) {
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (9999, 'a later idea', TRUE, '', 0)";
        match self {
            Self::Postgres(database) => database.run(newer).await,
            Self::Sqlite => {
                let options = SqliteConnectOptions::new().filename(place.store_file());
                let mut somebody = options.connect().await.unwrap();
                sqlx::query(newer).execute(&mut somebody).await.unwrap();
                somebody.close().await.unwrap();
            }
        }
    }
}

async fn a_newer_one_is_refused(on_postgres: bool) {
    let (place, store) = Store::place(on_postgres).await;
    Daemon::start(&place).await.kill().await;
    store.turn_newer(&place).await;

    let (code, stdout, stderr) = run(&place, &["serve"]).await;

    assert_eq!((code, stdout.as_str()), (1, ""));
    let mut said = vec![stderr];
    for command in [
        vec!["history"],
        vec!["history", "checkout-1"],
        vec!["history", "checkout-1", "--deliveries"],
        vec!["replay", "checkout-1"],
        vec!["migrate"],
    ] {
        let (code, stdout, stderr) = run(&place, &command).await;
        assert_eq!((code, stdout.as_str()), (1, ""), "{command:?}");
        said.push(stderr);
    }
    for words in said {
        assert!(
            words.contains("newer than this version of serin; unknown: 9999 a later idea"),
            "{words}"
        );
        assert!(
            words.contains("hint: run the version that migrated it, or a later one"),
            "{words}"
        );
    }
    let (code, stdout, _) = run(&place, &["migrate", "--list"]).await;
    assert_eq!(code, 1);
    assert!(stdout.contains("0001  journal  applied"), "{stdout}");
    assert!(
        stdout.contains("9999  a later idea  unknown to this version, and newer"),
        "{stdout}"
    );
}

async fn a_pending_one_makes_the_daemon_unready(on_postgres: bool) {
    let (mut place, store) = Store::place(on_postgres).await;
    place.configure("store: {migrate: manual}\n");
    let probes = place.know_the_probes();
    let starting = Starting::at(&place);
    until("said in the log", async || {
        place.log_text().contains("not ready until then").then_some(())
    })
    .await;

    let (status, ready) = probe(&format!("{probes}/readyz")).await;
    let (_, health) = probe(&format!("{probes}/health/detailed")).await;
    let (listed, list, stderr) = run(&place, &["migrate", "--list"]).await;
    let (history, _, refused) = run(&place, &["history"]).await;

    assert_eq!(status, 503);
    for words in [&ready, &health, &place.log_text(), &refused] {
        assert!(
            words.contains("pending: 1 journal, 2 owed, 3 receipts; hint: run `serin migrate`"),
            "{words}"
        );
    }
    assert_eq!(probe(&format!("{probes}/livez")).await.0, 200);
    assert_eq!(listed, 0, "{stderr}");
    assert!(list.contains("0001  journal  pending"), "{list}");
    assert_eq!(history, 1);
    if let Store::Postgres(database) = &store {
        assert!(list.contains(&database.name), "{list}");
    }
    let (code, applied, stderr) = run(&place, &["migrate"]).await;
    assert_eq!(code, 0, "{stderr}");
    assert!(applied.contains("0001  journal  applied now"), "{applied}");
    let daemon = starting.ready(&place).await.unwrap();
    assert_eq!(daemon.probe("/readyz").await, 200);
    let (_, list, _) = run(&place, &["migrate", "--list", "--output", "json"]).await;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["pending"], serde_json::json!([]));
    assert_eq!(list["applied"][0]["name"], "journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_one_is_refused_on_sqlite() {
    a_newer_one_is_refused(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_one_is_refused_on_postgres() {
    a_newer_one_is_refused(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_one_makes_the_daemon_unready_on_sqlite() {
    a_pending_one_makes_the_daemon_unready(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_one_makes_the_daemon_unready_on_postgres() {
    a_pending_one_makes_the_daemon_unready(true).await;
}
