//! What happens between the daemon and the server: connections that are cut, fall silent, or end.

use std::time::Duration;

use serin::driver::ports::Journal;
use serin::store::Limits;

use super::recorded::{Append, together, under_way};
use super::subject::{Remembers, TestStore, quick, store_at};
use crate::world::postgres::{self, Server};
use crate::world::proxy::{Proxy, Way};

const ID: &str = "checkout-1700000000000";

/// Longer than a server needs to notice that a connection is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whatever byte is the last: nothing or everything is there, and the same append made again is enough.
#[tokio::test]
async fn a_connection_cut_anywhere_leaves_nothing_halved() {
    for way in [Way::There, Way::Back] {
        let database = postgres::database().await;
        let proxy = Proxy::to(database.port).await;
        let store = store_at(&database.url_through(proxy.port), quick()).await;
        let mut cuts = 0;
        for step in 0.. {
            let append = together(&under_way(&format!("canary{step}-1700000000000"))[..3]);
            let id = append.state.rollout.id();
            // Fine steps, and coarse ones through the long texts, which only go one way.
            let bytes = match way {
                Way::There if step > 40 => step * step,
                Way::There => 1 + step * 23,
                Way::Back => 1 + step * 7,
            };
            proxy.cut_after(way, bytes);
            let answer = store.append(&append.entries, &append.state).await;
            let cut = proxy.is_cut();
            proxy.heal();
            if cut && let Err(lost) = answer {
                assert!(
                    lost.reason.contains("cannot reach postgres://test@127.0.0.1"),
                    "{lost}"
                );
                cuts += 1;
            }

            let stored = store.database().stored(id).await.unwrap();
            assert!(
                stored.is_none_or(|stored| stored == *append.state),
                "after {bytes} bytes {way:?}"
            );
            let entries = store.all_entries(id).await;
            assert!(
                entries.is_empty() || entries == append.entries,
                "after {bytes} bytes {way:?}"
            );
            // The lost one may still be on its way, and the repetition is refused for it: whoever repeats does so again.
            let again = async {
                while store.append(&append.entries, &append.state).await.is_err() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(PATIENCE, again).await.unwrap();
            assert_eq!(store.all_entries(id).await, append.entries);
            if !cut {
                break;
            }
        }
        assert!(cuts > 20, "{cuts} cuts {way:?}");
    }
}

#[tokio::test]
async fn a_server_that_crashed_is_gone_on_with_once_it_is_back() {
    // As in production: what was answered is on the disk.
    let server = Server::start("");
    let store = store_at(&server.database().await.url(), quick()).await;
    let appends = under_way(ID);
    store.take(&appends[..2]).await;

    server.crash();
    let Append { entries, state } = &appends[2];
    let down = store.append(entries, state).await.unwrap_err();
    let unread = store.unfinished().await.unwrap_err();
    server.start_again();

    assert!(
        down.reason.contains("cannot reach postgres://test@127.0.0.1"),
        "{down}"
    );
    assert!(down.reason.contains("Connection refused"), "{down}");
    assert!(unread.reason.contains("cannot reach"), "{unread}");
    assert_eq!(store.unfinished().await.unwrap(), [(*appends[1].state).clone()]);
    store.take(&appends[2..]).await;
    assert_eq!(store.all_entries(ID).await, together(&appends).entries);
}

#[tokio::test]
async fn a_silent_wire_is_given_up_in_bounded_time_and_left_behind() {
    let database = postgres::database().await;
    let proxy = Proxy::to(database.port).await;
    let limits = Limits {
        operation: Duration::from_secs(3),
        connect: Duration::from_secs(1),
        ..quick()
    };
    let store = store_at(&database.url_through(proxy.port), limits).await;
    let appends = under_way(ID);
    store.take(&appends[..1]).await;

    proxy.fall_silent();
    let Append { entries, state } = &appends[1];
    let silent = store.append(entries, state).await.unwrap_err();
    let still_silent = store.append(entries, state).await.unwrap_err();
    proxy.heal();

    for reason in [silent.reason, still_silent.reason] {
        assert!(reason.contains("no answer within 1 s"), "{reason}");
    }
    store.take(&appends[1..]).await;
    assert_eq!(store.all_entries(ID).await, together(&appends).entries);
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_replaced() {
    let world = TestStore::postgres().await;
    let appends = under_way(ID);
    for append in &appends {
        world.store().take(std::slice::from_ref(append)).await;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        world.somebody(others).await.leave().await;
    }
    assert_eq!(world.store().all_entries(ID).await, together(&appends).entries);
}
