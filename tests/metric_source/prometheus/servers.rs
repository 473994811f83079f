//! The real ones: what Prometheus and VictoriaMetrics do with what the client sends.

use std::fs;
use std::time::Duration;

use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::metric_source::prometheus::{Auth, Client, DataSourceSettings};
use serin::spec::Timestamp;

use super::{MANY, client, refused, settings, told};
use crate::world::prometheus::{PASSWORD, Prometheus, USER};
use crate::world::samples::Samples;
use crate::world::victoria::Victoria;

/// A second ago: what is that old can be asked for in VictoriaMetrics too.
fn lately() -> Timestamp {
    Timestamp(SystemClock::start().now().0 / 1_000 * 1_000 - 2_000)
}

/// Two series, with a sample every second up to `until`.
fn requests(until: Timestamp) -> [Samples; 2] {
    ["a", "b"].map(|pod| {
        let series = Samples::of("requests_total", &[("pod", pod), ("path", "/a\"\\\n{é}")]);
        series.every(
            1,
            (Timestamp(until.0 - 20_000), Timestamp(until.0 + 1_000)),
            |second| 100.0 + second,
        )
    })
}

/// What the client reads: the pods with their numbers, and the time of their newest samples.
async fn read(client: &Client) -> (Vec<(String, f64)>, f64) {
    let answer = client.query("sum by (pod, path) (requests_total)").await.unwrap();
    let rows = answer.vector(MANY).unwrap();
    let pods = rows.iter().map(|row| {
        assert_eq!(row.labels.get("path"), Some("/a\"\\\n{é}"));
        (row.labels.get("pod").unwrap().to_owned(), row.point.value)
    });
    let mut pods: Vec<_> = pods.collect();
    pods.sort_by(|one, other| one.0.cmp(&other.0));
    let newest = client.query("max(timestamp(requests_total))").await.unwrap();
    (pods, newest.vector(1).unwrap()[0].point.value)
}

/// What is newest is in an answer now.
async fn sees_the_newest(client: &Client, until: Timestamp) {
    let (pods, newest) = read(client).await;
    assert_eq!(pods, [("a".to_owned(), 120.0), ("b".to_owned(), 120.0)]);
    assert_eq!(newest, until.0 as f64 / 1_000.0);
}

/// A range reaches up to what is newest.
async fn reaches_the_newest(client: &Client, until: Timestamp) {
    let start = Timestamp(until.0 - 10_000);
    let range = client
        .query_range("requests_total{pod=\"a\"}", start, until, Duration::from_secs(5))
        .await;
    let range = range.unwrap();
    let rows = range.matrix(1).unwrap();
    let points: Vec<(u64, f64)> = rows[0]
        .points
        .iter()
        .map(|point| (point.time.0, point.value))
        .collect();
    assert_eq!(
        points,
        [(start.0, 110.0), (start.0 + 5_000, 115.0), (until.0, 120.0)]
    );
}

#[tokio::test]
async fn prometheus_tells_what_is_newest() {
    let (server, until) = (Prometheus::start().await, lately());
    server.api.remote_write(&requests(until)).await;
    let client = client(settings(&server.url()));
    sees_the_newest(&client, until).await;
    reaches_the_newest(&client, until).await;
}

#[tokio::test]
async fn victoria_metrics_tells_what_is_newest_though_it_would_wait_by_default() {
    let server = Victoria::with([], &["-search.latencyOffset=30s"]).await;
    let until = lately();
    server.import(&requests(until)).await;
    sees_the_newest(&client(settings(&server.url())), until).await;
}

/// Only later versions let a query say that a range waits for nothing; here the server's own setting says so.
#[tokio::test]
async fn a_range_of_victoria_metrics_keeps_its_times() {
    let (server, until) = (Victoria::start().await, lately());
    server.import(&requests(until)).await;
    reaches_the_newest(&client(settings(&server.url())), until).await;
}

#[tokio::test]
async fn both_say_what_is_wrong_with_a_query() {
    let (prometheus, victoria) = (Prometheus::start().await, Victoria::start().await);
    for (url, reason) in [
        (prometheus.url(), "unclosed left parenthesis"),
        (victoria.url(), "unexpected token"),
    ] {
        let error = refused(client(settings(&url)).query("sum(").await);
        assert_eq!(error.outcome().name(), "query-failed", "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn both_say_when_a_query_asks_for_too_much() {
    let until = lately();
    let prometheus = Prometheus::set_up().flag("--query.max-samples=1").start().await;
    prometheus.api.remote_write(&requests(until)).await;
    let victoria = Victoria::with([], &["-search.maxUniqueTimeseries=1", "-search.maxQueryLen=100"]).await;
    victoria.import(&requests(until)).await;
    let long = format!("up{{pod=\"{}\"}}", "a".repeat(200));
    for (url, query) in [
        (prometheus.url(), "requests_total"),
        (victoria.url(), "requests_total"),
        (victoria.url(), &long),
    ] {
        let error = refused(client(settings(&url)).query(query).await);
        assert!(error.outcome().asks_for_less(), "{url}: {error}");
    }
}

#[tokio::test]
async fn prometheus_wants_a_password() {
    let server = Prometheus::set_up().basic_auth().start().await;
    let folder = tempfile::tempdir().unwrap();
    let password_file = folder.path().join("password");
    let client = client(DataSourceSettings {
        auth: Auth::Basic {
            username: USER.to_owned(),
            password_file: password_file.clone(),
        },
        ..settings(&server.url())
    });
    fs::write(&password_file, "wrong").unwrap();
    let refused = told(&client).await;
    assert!(
        refused.starts_with("bad-status: ") && refused.contains("401"),
        "{refused}"
    );
    fs::write(&password_file, PASSWORD).unwrap();
    assert_eq!(told(&client).await, "0 rows");
}

#[tokio::test]
async fn a_server_that_is_stopped_times_out_and_comes_back() {
    let server = Prometheus::start().await;
    let client = client(DataSourceSettings {
        // Enough for an answer, on a machine that has other things to do.
        timeout: Duration::from_secs(3),
        ..settings(&server.url())
    });
    assert_eq!(told(&client).await, "0 rows");
    server.stop();
    assert!(told(&client).await.starts_with("timed-out: "));
    server.cont();
    assert_eq!(told(&client).await, "0 rows");
}

#[tokio::test]
async fn a_server_that_is_killed_is_unreachable_and_comes_back() {
    let mut server = Prometheus::start().await;
    let client = client(settings(&server.url()));
    assert_eq!(told(&client).await, "0 rows");
    server.kill();
    assert!(told(&client).await.starts_with("unreachable: "));
    server.restart().await;
    assert_eq!(told(&client).await, "0 rows");
}

#[tokio::test]
async fn prometheus_tells_its_version() {
    let server = Prometheus::start().await;
    let answer = client(settings(&server.url())).build_info().await.unwrap();
    assert!(String::from_utf8_lossy(answer.body()).contains("\"version\":\"2."));
}
