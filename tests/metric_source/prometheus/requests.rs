//! What a request to a data source is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::serve::ListenerExt;
use serin::metric_source::prometheus::DataSourceSettings;
use serin::spec::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{ONE, client, counts, settings, told};
use crate::world::endpoint::{Endpoint, serve};

/// What came: method and path, the body's pairs, and the headers.
#[derive(Debug, Clone)]
struct Came {
    what: String,
    form: Vec<(String, String)>,
    headers: HeaderMap,
}

/// Answers every query with one number, and remembers what came.
async fn remembering() -> (Endpoint, Arc<Mutex<Vec<Came>>>) {
    let came = Arc::new(Mutex::new(Vec::new()));
    let remember = async |State(came): State<Arc<Mutex<Vec<Came>>>>, request: Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        came.lock().unwrap().push(Came {
            what: format!("{} {}", head.method, head.uri),
            form: form_urlencoded::parse(&body).into_owned().collect(),
            headers: head.headers,
        });
        (StatusCode::OK, ONE)
    };
    let router = Router::new().fallback(remember).with_state(came.clone());
    (serve(router).await, came)
}

fn pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (&**name, &**value)).collect()
}

#[tokio::test]
async fn a_query_is_posted_below_the_path_of_the_address() {
    let (server, came) = remembering().await;
    for path in ["", "/", "/select/0/prometheus", "/select/0/prometheus/"] {
        let client = client(settings(&format!("{}{path}", server.address)));
        assert_eq!(told(&client).await, "1 rows");
        assert_eq!(counts(&client), [("read", 1)]);
    }
    let came = came.lock().unwrap();
    let what: Vec<&str> = came.iter().map(|came| &*came.what).collect();
    let below = "POST /select/0/prometheus/api/v1/query";
    assert_eq!(what, ["POST /api/v1/query", "POST /api/v1/query", below, below]);
    assert_eq!(
        pairs(&came[0].form),
        [("query", "up"), ("nocache", "1"), ("latency_offset", "1ms")]
    );
    assert_eq!(
        came[0].headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(came[0].headers["accept"], "application/json");
    assert_eq!(came[0].headers["accept-encoding"], "gzip");
    assert!(!came[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_query_for_a_range_has_its_times_in_seconds() {
    let (server, came) = remembering().await;
    let (start, end) = (Timestamp(1_700_000_000_123), Timestamp(1_700_003_600_000));
    let client = client(settings(&server.address));
    let answer = client
        .query_range("sum(a)&x=1 %", start, end, Duration::from_millis(1_500))
        .await;
    answer.unwrap();
    let came = came.lock().unwrap();
    assert_eq!(came[0].what, "POST /api/v1/query_range");
    assert_eq!(
        pairs(&came[0].form)[..4],
        [
            ("query", "sum(a)&x=1 %"),
            ("start", "1700000000.123"),
            ("end", "1700003600.000"),
            ("step", "1.500")
        ]
    );
}

#[tokio::test]
async fn configured_headers_are_sent() {
    let (server, came) = remembering().await;
    let mut settings = settings(&server.address);
    let mut tenant = HeaderValue::from_static("hunter2");
    tenant.set_sensitive(true);
    settings.headers.insert("x-scope-orgid", tenant);
    let client = client(settings);
    assert_eq!(told(&client).await, "1 rows");
    assert_eq!(came.lock().unwrap()[0].headers["x-scope-orgid"], "hunter2");
    assert!(!format!("{client:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let connections = Arc::new(Mutex::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = connections.clone();
    let listener = listener.tap_io(move |_| *count.lock().unwrap() += 1);
    let server = tokio::spawn(async { axum::serve(listener, Router::new().fallback(async || ONE)).await });
    let client = client(settings(&address));
    for _ in 0..3 {
        assert_eq!(told(&client).await, "1 rows");
    }
    assert_eq!(*connections.lock().unwrap(), 1);
    server.abort();
}

/// Answers so many queries on a connection, and closes it at the next.
async fn answer_and_close(mut connection: TcpStream, queries: usize) {
    for _ in 0..queries {
        take_query(&mut connection).await;
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ONE}", ONE.len());
        connection.write_all(answer.as_bytes()).await.unwrap();
    }
    take_query(&mut connection).await;
}

/// Up to the end of its form, or of the connection.
async fn take_query(connection: &mut TcpStream) {
    let mut query = Vec::new();
    while !query.ends_with(b"latency_offset=1ms") {
        if connection.read_buf(&mut query).await.unwrap() == 0 {
            return;
        }
    }
}

#[tokio::test]
async fn a_connection_that_the_server_gave_up_costs_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(settings(&format!("http://{}", listener.local_addr().unwrap())));
    let server = tokio::spawn(async move {
        loop {
            answer_and_close(listener.accept().await.unwrap().0, 1).await;
        }
    });
    for _ in 0..3 {
        assert_eq!(told(&client).await, "1 rows");
    }
    assert_eq!(counts(&client), [("read", 3)]);
    server.abort();
}

#[tokio::test]
async fn a_server_that_closes_every_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(settings(&format!("http://{}", listener.local_addr().unwrap())));
    let server = tokio::spawn(async move {
        loop {
            answer_and_close(listener.accept().await.unwrap().0, 0).await;
        }
    });
    let told = told(&client).await;
    assert!(told.starts_with("unreachable: http://127.0.0.1:"), "{told}");
    server.abort();
}

#[tokio::test]
async fn the_servers_version_is_asked_for_by_get() {
    let (server, came) = remembering().await;
    let settings: DataSourceSettings = settings(&format!("{}/prometheus", server.address));
    client(settings).build_info().await.unwrap();
    assert_eq!(
        came.lock().unwrap()[0].what,
        "GET /prometheus/api/v1/status/buildinfo"
    );
}
