//! Answers that are longer than they may be, and long ones that may be.

use std::convert::Infallible;
use std::io::Write;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use serin::metric_source::prometheus::{Client, DataSourceSettings, Outcome};

use super::{ONE, answering, client, count, settings, told};
use crate::world::endpoint;

/// A limit that is soon reached.
const LIMIT: usize = 1 << 20;

fn limited(address: &str) -> Client {
    client(DataSourceSettings {
        answer_limit_bytes: LIMIT,
        ..settings(address)
    })
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// So many series, as a service mesh has them.
fn vector_of(series: usize) -> String {
    let row = |n: usize| {
        format!(
            r#"{{"metric":{{"destination_workload":"checkout-{}","destination_workload_namespace":"shop","le":"250","pod":"checkout-{n}-5d4f8b7c9-x2x7q","response_code":"200"}},"value":[1435781451.781,"{n}"]}}"#,
            n % 500
        )
    };
    let rows: Vec<String> = (0..series).map(row).collect();
    format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{}]}}}}"#,
        rows.join(",")
    )
}

#[tokio::test]
async fn one_without_an_end() {
    let server = endpoint::flooding().await;
    let client = limited(&server.address);
    assert_eq!(
        told(&client).await,
        "too-large: the answer is longer than the limit of 1048576 bytes"
    );
    assert_eq!(count(&client, Outcome::TooLarge), 1);
}

#[tokio::test]
async fn one_of_a_hundred_megabytes() {
    let chunks = || stream::iter((0..100).map(|_| Ok::<_, Infallible>(Bytes::from(vec![b' '; 1 << 20]))));
    let server = endpoint::serve(Router::new().fallback(async move || Body::from_stream(chunks()))).await;
    assert_eq!(
        told(&client(settings(&server.address))).await,
        "too-large: the answer is longer than the limit of 67108864 bytes"
    );
}

#[tokio::test]
async fn one_that_announces_its_length_is_not_waited_for() {
    let announcing = async || {
        let never = stream::pending::<Result<Bytes, Infallible>>();
        ([(CONTENT_LENGTH, "104857600")], Body::from_stream(never)).into_response()
    };
    let server = endpoint::serve(Router::new().fallback(announcing)).await;
    assert_eq!(
        told(&client(settings(&server.address))).await,
        "too-large: the answer is longer than the limit of 67108864 bytes"
    );
}

#[tokio::test]
async fn a_compressed_one_is_read() {
    let server = answering(
        StatusCode::OK,
        &[(CONTENT_ENCODING, "gzip")],
        gzip(ONE.as_bytes()),
    )
    .await;
    assert_eq!(told(&client(settings(&server.address))).await, "1 rows");
}

#[tokio::test]
async fn a_compressed_one_counts_by_what_comes_out_of_it() {
    let bomb = gzip(&vec![b' '; 100 << 20]);
    assert!(bomb.len() < LIMIT);
    let server = answering(StatusCode::OK, &[(CONTENT_ENCODING, "gzip")], bomb).await;
    assert_eq!(
        told(&limited(&server.address)).await,
        "too-large: the answer is longer than the limit of 1048576 bytes"
    );
}

#[tokio::test]
async fn a_compressed_one_that_is_broken() {
    let mut broken = gzip(ONE.as_bytes());
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    let server = answering(StatusCode::OK, &[(CONTENT_ENCODING, "gzip")], broken).await;
    let told = told(&client(settings(&server.address))).await;
    assert!(told.starts_with("unreachable: the connection to "), "{told}");
}

#[tokio::test]
async fn one_of_a_hundred_thousand_series() {
    let server = answering(StatusCode::OK, &[], vector_of(100_000)).await;
    let client = client(settings(&server.address));
    let answer = client.query("up").await.unwrap();
    let rows = answer.vector(100_000).unwrap();
    assert_eq!(rows.len(), 100_000);
    assert_eq!(
        rows[99_999].labels.get("pod"),
        Some("checkout-99999-5d4f8b7c9-x2x7q")
    );
    assert_eq!(rows[99_999].point.value, 99_999.0);
    assert_eq!(
        answer.vector(99_999).unwrap_err().to_string(),
        "more than 99999 series"
    );
    assert_eq!(count(&client, Outcome::TooManySeries), 1);
}
