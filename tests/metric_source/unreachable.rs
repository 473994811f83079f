//! Endpoints that do not answer as they should.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use serin::metric_source::scrape::Outcome;

use super::*;
use crate::world::endpoint::{self, Endpoint};
use crate::world::watching::success_rate;

/// For tests that wait for the deadline: long enough for a busy machine to answer in time.
const SHORT_INTERVAL: Duration = Duration::from_secs(2);

/// Places that a look has for each arm.
const PLACES: usize = 16;

async fn healthy() -> Endpoint {
    exposing("requests_total 1\n").await
}

/// A Canary of these endpoints that waits 1.5 s for its answers.
fn impatient(canary: &[&str], stable: &[&str]) -> CheckedCanary {
    let mut canary = watching(canary, stable, vec![success_rate()]);
    canary.analysis.interval = SHORT_INTERVAL;
    canary
}

/// A Canary that has all the time it needs.
fn patient(canary: &[&str], stable: &[&str]) -> CheckedCanary {
    watching(canary, stable, vec![success_rate()])
}

/// Why `bad` was not counted beside a healthy pod of its own arm; the healthy ones must be.
async fn reason(bad: &str, canary: fn(&[&str], &[&str]) -> CheckedCanary) -> String {
    let (beside, stable) = (healthy().await, healthy().await);
    let reading = &readings(&canary(&[bad, &beside.address], &[&stable.address])).await[0];
    assert!(reading.arms.canary.pods.contains_key(&beside.address));
    assert!(reading.arms.baseline.pods.contains_key(&stable.address));
    assert!(!reading.arms.canary.pods.contains_key(bad));
    reading.arms.canary.missing[bad].clone()
}

#[tokio::test]
async fn an_endpoint_that_never_answers_holds_up_nobody() {
    assert_eq!(
        reason(&endpoint::silent().await.address, impatient).await,
        "no answer within 1.5s"
    );
}

#[tokio::test]
async fn a_body_that_never_ends_is_left_at_the_deadline() {
    let message = reason(&endpoint::trickling().await.address, impatient).await;
    assert!(message.starts_with("answered too slowly: "), "{message}");
    assert!(
        message.ends_with(" bytes of the body within 1.5s, and more to come"),
        "{message}"
    );
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused() {
    let body = "up 1\n".repeat(2_000_000);
    assert_eq!(
        reason(&exposing(body).await.address, patient).await,
        "the body is longer than the limit of 8388608 bytes"
    );
}

#[tokio::test]
async fn a_flood_is_cut_off_at_the_limit() {
    assert_eq!(
        reason(&endpoint::flooding().await.address, patient).await,
        "the body is longer than the limit of 8388608 bytes"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_body_is_not_a_short_text() {
    let message = reason(&endpoint::breaking().await.address, patient).await;
    assert!(message.starts_with("the connection broke after "), "{message}");
}

#[tokio::test]
async fn a_status_other_than_200_is_refused() {
    for (status, message) in [
        (
            StatusCode::NOT_FOUND,
            "answered 404 Not Found to GET /metrics; expected 200 OK",
        ),
        (
            StatusCode::FOUND,
            "answered 302 Found to GET /metrics; expected 200 OK (redirects are not followed)",
        ),
        (
            StatusCode::ACCEPTED,
            "answered 202 Accepted to GET /metrics; expected 200 OK",
        ),
    ] {
        assert_eq!(
            reason(&endpoint::answering(status).await.address, patient).await,
            message
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = healthy().await;
    let there = format!("{}/metrics", target.address);
    let router = Router::new().fallback(async move || axum::response::Redirect::temporary(&there));
    let message = reason(&endpoint::serve(router).await.address, patient).await;
    assert!(message.contains("307"), "{message}");
}

#[tokio::test]
async fn an_address_that_cannot_be_asked_is_missing_with_the_reason() {
    assert_eq!(
        reason("https://shop", patient).await,
        "not an address that can be scraped: https is not supported in this version; expected one like \
         http://127.0.0.1:8081"
    );
    assert!(
        reason("not an address", patient)
            .await
            .starts_with("not an address that can be scraped")
    );
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_missing() {
    let gone = healthy().await.address.clone();
    let message = reason(&gone, patient).await;
    assert!(message.starts_with("cannot be reached: "), "{message}");
}

#[tokio::test]
async fn a_silent_arm_is_empty_beside_one_that_answers() {
    let (silent, stable) = (endpoint::silent().await, healthy().await);
    let reading = &readings(&impatient(&[&silent.address], &[&stable.address])).await[0];
    assert!(reading.arms.canary.pods.is_empty());
    assert_eq!(reading.arms.canary.missing.len(), 1);
    assert_eq!(reading.arms.baseline.pods.len(), 1);
}

#[tokio::test]
async fn a_source_is_down_when_no_endpoint_of_either_arm_can_be_read() {
    let (failing, garbled) = (
        endpoint::answering(StatusCode::BAD_GATEWAY).await,
        exposing("<html>\n").await,
    );
    let look = look(&patient(&[&failing.address], &[&garbled.address])).await;
    assert_eq!(look.taken_at, NOW);
    assert_eq!(
        look.readings.unwrap_err().reason,
        format!(
            "no endpoint of either arm could be read: {}: line 1: a sample starts with a metric name: \
             `<html>`; {}: answered 502 Bad Gateway to GET /metrics; expected 200 OK",
            garbled.address, failing.address
        )
    );
}

#[tokio::test]
async fn a_long_list_of_reasons_is_cut() {
    let addresses: Vec<String> = (0..9).map(|pod| format!("ftp://pod-{pod}")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let reason = look(&patient(&addresses, &addresses))
        .await
        .readings
        .unwrap_err()
        .reason;
    assert!(reason.ends_with("; and 14 more"), "{reason}");
}

#[tokio::test]
async fn more_endpoints_than_places_are_asked_in_turn() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Everybody waits until as many are there as there are places: they are all used.
    let full = Arc::new(tokio::sync::Barrier::new(PLACES));
    let seen = Arc::clone(&most);
    let router = Router::new().fallback(async move || {
        let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
        seen.fetch_max(now, Ordering::SeqCst);
        full.wait().await;
        under_way.fetch_sub(1, Ordering::SeqCst);
        "requests_total 1\n"
    });
    let server = endpoint::serve(router).await;
    let stable = healthy().await;
    let addresses: Vec<String> = (0..2 * PLACES)
        .map(|pod| format!("{}/{pod}", server.address))
        .collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let canary = patient(&addresses, &[&stable.address]);
    assert_eq!(readings(&canary).await[0].arms.canary.pods.len(), 2 * PLACES);
    assert_eq!(most.load(Ordering::SeqCst), PLACES);
}

#[tokio::test]
async fn an_endpoint_without_a_place_before_the_deadline_says_so() {
    let (silent, stable) = (endpoint::silent().await, healthy().await);
    let addresses: Vec<String> = (0..=PLACES)
        .map(|pod| format!("{}/{pod}", silent.address))
        .collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let source = ScrapeSource::default();
    let look = source.look(&impatient(&addresses, &[&stable.address]), NOW).await;
    let reading = &counters(look.readings.unwrap())[0];
    assert_eq!(
        reading.arms.canary.missing[addresses[PLACES]],
        "was not asked: the endpoints before it had not answered within 1.5s"
    );
    assert_eq!(reading.arms.baseline.pods.len(), 1);
    assert_eq!(source.stats().get(Outcome::NotAsked), 1);
    assert_eq!(source.stats().get(Outcome::TimedOut), PLACES as u64);
}
