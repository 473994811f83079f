//! The load is bounded, keeps its rate, and drains.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use serin::demo::load::{IN_FLIGHT_MAX, Load, LoadPlan, LoadTotals, PATIENCE};
use serin::demo::server::Server;
use tokio::sync::Semaphore;

use super::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_beyond_the_bound_is_dropped_and_counted_and_the_rest_drains() {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::start(answers_through(Arc::clone(&gate))).await.unwrap();
    let load = start(server.address(), PATIENCE);
    eventually("arrivals dropped", || load.totals().dropped >= 20).await;
    let full = load.totals();
    assert_eq!(
        (full.sent, full.answered, full.failed),
        (IN_FLIGHT_MAX as u64, 0, 0)
    );

    gate.add_permits(Semaphore::MAX_PERMITS / 2);
    let totals = load.stop().await;

    assert!(totals.sent >= full.sent);
    assert_eq!((totals.answered, totals.failed), (totals.sent, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_whatever_its_status_and_stopping_loses_none() {
    let server = Server::start(Router::new().fallback(async || StatusCode::INTERNAL_SERVER_ERROR));
    let server = server.await.unwrap();
    let load = start(server.address(), PATIENCE);
    eventually("a hundred answers", || load.totals().answered >= 100).await;
    let totals = load.stop().await;
    let LoadTotals { sent, answered, .. } = totals;
    assert_eq!(
        totals,
        LoadTotals {
            sent,
            answered: sent,
            failed: 0,
            dropped: 0
        }
    );
    assert!(answered >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_answers_costs_no_more_than_the_patience() {
    let server = Server::start(Router::new().fallback(std::future::pending::<()>))
        .await
        .unwrap();
    let load = start(server.address(), Duration::from_millis(50));
    eventually("requests given up", || load.totals().failed >= 10).await;
    let totals = load.stop().await;
    assert_eq!((totals.answered, totals.failed), (0, totals.sent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_a_failure_and_not_a_stop() {
    let server = Server::start(Router::new()).await.unwrap();
    let load = start(server.address(), PATIENCE);
    eventually("an answer", || load.totals().answered >= 1).await;
    server.vanish().await;
    eventually("failures", || load.totals().failed >= 10).await;
    let totals = load.stop().await;
    assert_eq!(totals.sent, totals.answered + totals.failed);
}

fn start(target: SocketAddr, patience: Duration) -> Load {
    Load::start(&LoadPlan {
        target,
        rps: NonZeroU32::new(500).unwrap(),
        patience,
        seed: 3,
    })
    .unwrap()
}

/// Answers each request when `gate` lets it through.
fn answers_through(gate: Arc<Semaphore>) -> Router {
    Router::new().fallback(move || async move {
        gate.acquire().await.unwrap().forget();
        "through"
    })
}
