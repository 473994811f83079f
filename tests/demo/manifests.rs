//! The demo's files are what a user would write, and the router can follow them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use serin::demo::manifests::{self, ManifestError, ManifestSettings};
use serin::demo::router::Router;
use serin::demo::server::Server;
use serin::engine::{Arm, PerArm};
use tempfile::TempDir;

use super::client;

#[test]
fn the_canary_carries_what_was_chosen() {
    let documents = written_documents();
    let canary = &documents[0];
    let expected = json!({
        "apiVersion": "serin.dev/v1alpha1",
        "kind": "Canary",
        "metadata": {"name": "checkout", "namespace": "demo"},
        "spec": {
            "workloads": {
                "stable": {"endpoints": ["http://127.0.0.1:8081"]},
                "canary": {"endpoints": ["http://127.0.0.1:8082", "http://127.0.0.1:8083"]},
            },
            "traffic": {"file": {
                "path": "virtual-service.yaml",
                "virtualService": "checkout",
                "route": "primary",
                "stable": {"subset": "stable"},
                "canary": {"subset": "canary"},
            }},
            "steps": [{"weight": 10}, {"weight": 100}],
            "maxDuration": "2m",
            "onInconclusive": "abort",
            "analysis": {
                "interval": "2s",
                "warmup": "5s",
                "falseAbortRate": "1%",
                "metrics": [
                    {"template": "http-success-rate", "margin": {"relative": "40%", "absolute": "0.7%"}},
                    {"template": "http-latency", "quantile": "95%", "margin": {"relative": "25%"}},
                ],
                "noData": {"canarySilent": {"after": "5s", "then": "abort"}},
            },
            "promotion": {"bake": "5s"},
            "notify": ["log"],
        },
    });
    assert_eq!(*canary, expected);
}

#[test]
fn the_templates_name_what_the_services_expose() {
    let documents = written_documents();
    let templates: Vec<(&Value, &Value)> = documents[1..]
        .iter()
        .map(|t| (&t["metadata"]["name"], &t["spec"]))
        .collect();
    let success_rate = json!({"successRate": {
        "requests": {"metric": "http_requests_total"},
        "errors": {"match": {"code": "5.."}},
    }});
    let latency = json!({"latency": {"histogram": "http_request_duration_seconds", "unit": "s"}});
    assert_eq!(
        templates,
        [
            (&json!("http-success-rate"), &success_rate),
            (&json!("http-latency"), &latency)
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_router_follows_the_virtual_service_all_on_stable_and_testers_on_the_canary() {
    let folder = TempDir::new().unwrap();
    let file = manifests::write(folder.path(), &settings())
        .unwrap()
        .virtual_service;
    let stable = Server::start(axum::Router::new().fallback(async || "stable"))
        .await
        .unwrap();
    let canary = Server::start(axum::Router::new().fallback(async || "canary"))
        .await
        .unwrap();
    let backends = [
        (manifests::destination(Arm::Baseline), stable.address()),
        (manifests::destination(Arm::Canary), canary.address()),
    ];
    let router = Router::start(&file, backends.into(), 5).await.unwrap();

    let request = client().get(format!("http://{}/", router.address()));
    let tester = request.try_clone().unwrap().header("x-tester", "true");

    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "stable");
    assert_eq!(tester.send().await.unwrap().text().await.unwrap(), "canary");
}

#[test]
fn the_virtual_service_has_what_must_survive_every_write() {
    let folder = TempDir::new().unwrap();
    let file = manifests::write(folder.path(), &settings())
        .unwrap()
        .virtual_service;
    let documents = read(&file);
    let http = &documents[0]["spec"]["http"];
    assert_eq!(
        http[0]["match"],
        json!([{"headers": {"x-tester": {"exact": "true"}}}])
    );
    let weights = [&http[1]["route"][0]["weight"], &http[1]["route"][1]["weight"]];
    assert_eq!(weights, [100, 0]);
    assert_eq!(
        (&http[1]["timeout"], &http[1]["retries"]),
        (&json!("5s"), &json!({"attempts": 0}))
    );
}

#[test]
fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let mine = folder.path().join("virtual-service.yaml");
    fs::write(&mine, "my own work").unwrap();
    let error = manifests::write(folder.path(), &settings()).unwrap_err();
    assert!(
        matches!(&error, ManifestError::Exists { path } if *path == mine),
        "{error}"
    );
    assert!(error.to_string().contains("hint: name another folder"));
    assert_eq!(fs::read_to_string(mine).unwrap(), "my own work");
}

fn written_documents() -> Vec<Value> {
    let folder = TempDir::new().unwrap();
    let nested = folder.path().join("made/on/the/way");
    let file = manifests::write(&nested, &settings()).unwrap().canary;
    read(&file)
}

fn read(file: &Path) -> Vec<Value> {
    serde_saphyr::from_multiple(&fs::read_to_string(file).unwrap()).unwrap()
}

fn settings() -> ManifestSettings {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    ManifestSettings {
        endpoints: PerArm {
            canary: vec![at(8082), at(8083)],
            baseline: vec![at(8081)],
        },
        steps: "10,100".parse().unwrap(),
        interval: Duration::from_secs(2),
        margin_errors: "40% + 0.7%".parse().unwrap(),
        margin_latency: "25%".parse().unwrap(),
    }
}
