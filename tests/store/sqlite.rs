//! What is particular to the file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serin::driver::ports::Journal;
use serin::store::{Database, OpenError};

use super::recorded::{Append, together, under_way};
use super::subject::{REPLICA, Remembers, TestStore, quick, sqlite_location};

const ID: &str = "checkout-1700000000000";

#[tokio::test]
async fn a_second_daemon_on_the_same_file_is_refused() {
    let mut world = TestStore::sqlite().await;

    let refused = world.open_again().await.unwrap_err();

    assert!(matches!(refused, OpenError::InUse { .. }));
    assert!(
        refused
            .to_string()
            .contains("another serin has this file open for writing"),
        "{refused}"
    );
    world.reopen().await;
}

#[tokio::test]
async fn a_second_daemon_is_refused_whatever_link_it_comes_by() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serin.db");
    let database = Database::open(&sqlite_location(&path), quick()).await.unwrap();
    database.migrate().await.unwrap();
    let _store = database.lead(REPLICA).await.unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();

    let by_link = Database::open(&sqlite_location(&link), quick()).await.unwrap();

    assert!(matches!(
        by_link.lead(REPLICA).await.unwrap_err(),
        OpenError::InUse { .. }
    ));
    assert!(matches!(
        by_link.migrate().await.unwrap_err(),
        OpenError::InUse { .. }
    ));
}

#[tokio::test]
async fn everything_that_it_makes_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&sqlite_location(&folder.path().join("serin.db")), quick())
        .await
        .unwrap();
    database.migrate().await.unwrap();
    let store = database.lead(REPLICA).await.unwrap();
    store.take(&under_way(ID)).await;

    let mut files = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.path().display());
        files += 1;
    }
    assert!(files >= 3, "the file, its log and its lock at least; {files}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let location = sqlite_location(Path::new("/nowhere/at/all/serin.db"));

    let refused = Database::open(&location, quick()).await.unwrap_err();

    assert!(
        refused
            .to_string()
            .contains("its folder /nowhere/at/all does not exist"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_file_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(
        &path,
        "not a database, and longer than the header of one\n".repeat(10),
    )
    .unwrap();

    let refused = Database::open(&sqlite_location(&path), quick())
        .await
        .unwrap_err();

    assert!(refused.to_string().contains("damaged"), "{refused}");
}

#[tokio::test]
async fn what_was_committed_outlives_a_process_that_closes_nothing() {
    let mut world = TestStore::sqlite().await;
    let appends = under_way(ID);
    world.store().take(&appends).await;

    // Neither a checkpoint nor a close: what is in the log is all there is.
    let store = world.reopen().await;

    assert_eq!(store.all_entries(ID).await, together(&appends).entries);
    store.database().close().await;
    assert_eq!(
        store.all_entries(ID).await,
        together(&appends).entries,
        "opened again"
    );
}

/// The last write of a process may be torn: SQLite's log has a check sum over each commit.
#[tokio::test]
async fn a_torn_end_of_the_log_loses_no_earlier_commit() {
    let world = TestStore::sqlite().await;
    let appends = under_way(ID);
    world.store().take(&appends[..2]).await;
    let folder = world.folder();
    let whole = fs::metadata(folder.join("serin.db-wal")).unwrap().len();
    world.store().take(&appends[2..3]).await;
    let torn = tempfile::tempdir().unwrap();
    let log = fs::read(folder.join("serin.db-wal")).unwrap();
    let cut = (whole as usize + log.len()) / 2;
    fs::copy(folder.join("serin.db"), torn.path().join("serin.db")).unwrap();
    fs::write(torn.path().join("serin.db-wal"), &log[..cut]).unwrap();

    let database = Database::open(&sqlite_location(&torn.path().join("serin.db")), quick())
        .await
        .unwrap();
    let store = database.lead(REPLICA).await.unwrap();

    let Append { entries, state } = together(&appends[..2]);
    assert_eq!(store.unfinished().await.unwrap(), [(*state).clone()]);
    assert_eq!(store.all_entries(ID).await, entries);
    store.take(&appends[2..]).await;
}
