//! The demo's world: real sockets on loopback, ports from the kernel.

#![expect(clippy::unwrap_used, reason = "a world that cannot be built is a failed test")]

mod demos;
mod load;
mod manifests;
mod options;
mod router;
mod service;
mod whole;

use std::net::SocketAddr;
use std::time::Duration;

/// How long a condition may take to come true. Reached only when something is broken.
const EVENTUALLY: Duration = Duration::from_secs(10);

/// Asks again and again until `is_true`, and fails after [`EVENTUALLY`].
async fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    let asking = async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(
        tokio::time::timeout(EVENTUALLY, asking).await.is_ok(),
        "never happened: {what}"
    );
}

/// A client that has nothing to do with the demo's own.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(EVENTUALLY)
        .build()
        .unwrap()
}

/// The samples of a listener's `/metrics`, as lines without comments.
async fn scrape(address: SocketAddr) -> Vec<String> {
    let response = client()
        .get(format!("http://{address}/metrics"))
        .send()
        .await
        .unwrap();
    let text = response.error_for_status().unwrap().text().await.unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The value of the only sample that begins with `series`; `None` if there is no such sample.
fn sample(samples: &[String], series: &str) -> Option<f64> {
    let mut values = samples
        .iter()
        .filter_map(|line| line.strip_prefix(series)?.trim().parse().ok());
    let value = values.next();
    assert!(values.next().is_none(), "{series} is there twice");
    value
}
