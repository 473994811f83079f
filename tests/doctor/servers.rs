//! Servers that do not answer, do not let one in, or live in another time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use serde_json::json;

use super::patient::{Patient, text};
use crate::world::endpoint::serve;
use crate::world::process::free_port;
use crate::world::prometheus::{Prometheus, USER};
use crate::world::times::now;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_a_problem_of_all_its_canaries() {
    let patient = Patient::at(&format!("http://127.0.0.1:{}", free_port()));
    let (code, diagnosis) = patient.examined().await;
    let reachable = diagnosis.of_server("reachable");
    assert_eq!(text(reachable, "level"), "problem");
    assert!(
        text(reachable, "said").contains("cannot be reached"),
        "{reachable:#}"
    );
    assert_eq!(
        diagnosis.not_ok(),
        ["server reachable: problem", "canary look: problem"]
    );
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_a_problem_and_are_not_shown() {
    let server = Prometheus::set_up().basic_auth().start().await;
    let patient = Patient::at(&server.url());
    patient.write("password", "hunter2");
    let fields = format!(
        "address: '{}', username: {USER}, passwordFile: password",
        server.url()
    );
    let (code, diagnosis) = patient.configured(&fields).examined().await;
    let reachable = diagnosis.of_server("reachable");
    assert_eq!(text(reachable, "level"), "problem");
    assert!(text(reachable, "said").contains("401"), "{reachable:#}");
    assert!(!diagnosis.0.to_string().contains("hunter2"));
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_minute_ahead_is_a_warning() {
    let answer = async || {
        let ahead = (now().0 / 1000 + 60) as f64;
        let row = json!({"metric": {}, "value": [ahead, ahead.to_string()]});
        json!({"status": "success", "data": {"resultType": "vector", "result": [row]}}).to_string()
    };
    let server = serve(Router::new().fallback(answer)).await;
    let (_, diagnosis) = Patient::at(&server.address).examined().await;
    let clock = diagnosis.of_server("clock");
    assert_eq!(text(clock, "level"), "warning");
    assert!(
        text(clock, "said").contains("ahead of this machine's"),
        "{clock:#}"
    );
    assert!(text(clock, "got").contains("; here 20"), "{clock:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_hooks_may_go_to_are_reached_and_asked_nothing() {
    let asked = Arc::<AtomicUsize>::default();
    let counted = asked.clone();
    let gate = serve(Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::Relaxed);
    }))
    .await;
    let (gate, nobody) = (&gate.address, format!("http://127.0.0.1:{}", free_port()));
    let patient = Patient::at(&nobody);
    let configuration = format!(
        "dataSources: {{default: {{address: '{nobody}'}}}}\nhooks: {{allow: '{gate}/one {gate}/two {nobody}/'}}\n"
    );
    patient.write("serin.yaml", &configuration);

    let (_, diagnosis) = patient.examined().await;

    let hooks = diagnosis.0["hooks"].as_array().unwrap();
    let level = |server: &str| {
        let hook = hooks.iter().find(|hook| hook["server"] == server).unwrap();
        hook["findings"][0]["level"].as_str().unwrap()
    };
    assert_eq!(hooks.len(), 2, "{hooks:#?}");
    assert_eq!((level(gate), level(&nobody)), ("ok", "warning"));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
