//! Queries at a time, and those that wait for their turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use futures::future::join_all;
use serin::metric_source::prometheus::DataSourceSettings;

use super::{ONE, SHORT, client, counts, settings, told};
use crate::world::endpoint::{serve, silent};

#[tokio::test]
async fn no_more_are_under_way_than_may_be() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (its_under_way, its_most) = (under_way.clone(), most.clone());
    let answer = async move || {
        let now = its_under_way.fetch_add(1, Ordering::SeqCst) + 1;
        its_most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        its_under_way.fetch_sub(1, Ordering::SeqCst);
        ONE
    };
    let server = serve(Router::new().fallback(answer)).await;
    let client = client(DataSourceSettings {
        max_concurrent: 3,
        ..settings(&server.address)
    });
    let all = join_all((0..20).map(|_| told(&client))).await;
    assert!(all.iter().all(|told| told == "1 rows"), "{all:?}");
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
}

/// By a clock that stands still while both begin: their time is up in the same moment.
#[tokio::test(start_paused = true)]
async fn one_that_had_no_turn_in_time_was_not_asked() {
    let server = silent().await;
    let client = client(DataSourceSettings {
        max_concurrent: 1,
        timeout: SHORT,
        ..settings(&server.address)
    });
    let mut all = join_all([told(&client), told(&client)]).await;
    all.sort();
    assert_eq!(
        all[0],
        "not-asked: was not asked: the queries before it had not been answered within 300ms"
    );
    assert_eq!(counts(&client), [("not-asked", 1), ("timed-out", 1)]);
}

#[tokio::test]
async fn a_query_that_is_given_up_leaves_its_place() {
    let server = silent().await;
    let client = client(DataSourceSettings {
        max_concurrent: 1,
        timeout: SHORT,
        ..settings(&server.address)
    });
    for _ in 0..2 {
        assert!(told(&client).await.starts_with("timed-out: "));
    }
}
