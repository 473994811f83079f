//! A disk that fills up, and one that turns read-only.

use serin::clock::SystemClock;
use serin::driver::ports::Journal;
use serin::store::{Database, StoreError};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::recorded::{Append, aborted, together, under_way};
use super::subject::{REPLICA, Remembers, quick, sqlite_location};
use crate::world::small_disk::on_small_disk;

#[test]
fn goes_on_once_a_full_disk_has_room_again() {
    on_small_disk(
        "store::small_disk::goes_on_once_a_full_disk_has_room_again",
        async |disk| {
            let location = sqlite_location(&disk.folder.join("serin.db"));
            let database = Database::open(&location, quick()).await.unwrap();
            database.migrate().await.unwrap();
            let store = database.lead(REPLICA).await.unwrap();
            let appends = under_way("checkout-1700000000000");
            store.take(&appends[..1]).await;

            disk.fill();
            // What the log has room for is still taken.
            let mut full = None;
            for number in 0..1000 {
                let Append { entries, state } = together(&aborted(&format!("canary{number}-1700000000000")));
                if let Err(error) = store.append(&entries, &state).await {
                    full = Some((error, Append { entries, state }));
                    break;
                }
            }
            let (error, refused) = full.expect("a full disk");
            assert!(error.reason.contains("the disk is full"), "{error}");
            assert_eq!(
                store.database().stored(refused.state.rollout.id()).await.unwrap(),
                None
            );

            // The log's last page may have room for the smallest write of all.
            let clock = SystemClock::start();
            let mut sick = store.health(&clock).await;
            for _ in 0..10 {
                sick = store.health(&clock).await;
            }
            assert!(matches!(sick, Err(StoreError::DiskFull { .. })), "{sick:?}");

            disk.make_room();
            store.health(&clock).await.unwrap();
            store.take(std::slice::from_ref(&refused)).await;
            store.take(&appends[1..]).await;
            assert_eq!(
                store.all_entries(refused.state.rollout.id()).await,
                refused.entries
            );
            assert_eq!(
                store.all_entries("checkout-1700000000000").await,
                together(&appends).entries
            );
        },
    );
}

#[test]
fn goes_on_once_a_read_only_disk_can_be_written_to() {
    on_small_disk(
        "store::small_disk::goes_on_once_a_read_only_disk_can_be_written_to",
        async |disk| {
            let location = sqlite_location(&disk.folder.join("serin.db"));
            let database = Database::open(&location, quick()).await.unwrap();
            database.migrate().await.unwrap();
            let store = database.lead(REPLICA).await.unwrap();
            let appends = under_way("checkout-1700000000000");
            store.take(&appends[..1]).await;
            // A connection keeps the disk that it was opened on, and an error makes the next one a new one.
            let options = SqliteConnectOptions::new().filename(disk.folder.join("serin.db"));
            let mut somebody = options.connect().await.unwrap();
            sqlx::query("BEGIN IMMEDIATE")
                .execute(&mut somebody)
                .await
                .unwrap();
            let Append { entries, state } = &appends[1];
            store.append(entries, state).await.unwrap_err();
            sqlx::query("ROLLBACK").execute(&mut somebody).await.unwrap();

            disk.turn_read_only();
            let refused = store.append(entries, state).await.unwrap_err();
            assert!(
                refused.reason.contains("the database is read-only ("),
                "{refused}"
            );
            drop(store);
            let taken_over = database.lead(REPLICA).await.unwrap_err();
            assert!(
                taken_over.to_string().contains("Read-only file system"),
                "{taken_over}"
            );

            disk.turn_writable();
            let store = database.lead(REPLICA).await.unwrap();
            store.take(&appends[1..]).await;
            assert_eq!(
                store.all_entries("checkout-1700000000000").await,
                together(&appends).entries
            );
        },
    );
}
