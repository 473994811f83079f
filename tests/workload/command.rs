//! `serin rollback`, with its configuration and its Canary in a folder.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use super::pair::{Pair, STABLE};
use crate::world::canary::document_with;

/// The Canary of the pair.
const FIELDS: &str =
    "workloads: {stable: {kind: Deployment, name: shop-stable}, canary: {kind: Deployment, name: shop-canary}}
traffic: {istio: {virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}
analysis: {metrics: [{template: istio-success-rate}]}";

/// Runs it, beside this pair, with these arguments; gives its code, stdout and stderr.
async fn rollback(pair: &Pair, arguments: &[&str]) -> (i32, String, String) {
    let folder = folder(pair);
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
    command
        .arg("rollback")
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("RUST_LOG");
    // The fake server answers on this thread.
    let ran = spawn_blocking(move || command.output().unwrap());
    let Output {
        status,
        stdout,
        stderr,
    } = ran.await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn folder(pair: &Pair) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let kubeconfig = pair.server.kubeconfig();
    let configuration = json!({
        "kubernetes": {"kubeconfig": kubeconfig.to_str()},
        "dataSources": {"default": {"address": "http://prometheus.test"}},
    });
    write("serin.yaml", configuration.to_string());
    fs::create_dir(folder.path().join("canaries")).unwrap();
    write("canaries/shop.yaml", document_with(FIELDS));
    folder
}

/// A VirtualService that gives the canary so many percent.
fn virtual_service(canary: u8) -> Value {
    let destination = |subset: &str, weight: u8| json!({"destination": {"host": "shop", "subset": subset}, "weight": weight});
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "shop"},
        "spec": {
            "hosts": ["shop"],
            "http": [{"route": [destination("stable", 100 - canary), destination("canary", canary)]}],
        },
    })
}

#[tokio::test]
async fn stable_gets_its_previous_template_back() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.server.put(virtual_service(0));
    let arguments = ["shop", "--by", "ada", "--reason", "checkouts fail"];
    let (code, stdout, stderr) = rollback(&pair, &arguments).await;
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (
            0,
            "default/shop: stable is ready with the pod template of v1\n",
            ""
        )
    );
    assert_eq!(pair.image(STABLE), "v1");
    let note = &pair.deployment(STABLE)["metadata"]["annotations"]["serin.dev/rolled-back"];
    let note: Value = serde_json::from_str(note.as_str().unwrap()).unwrap();
    assert_eq!(
        (&note["by"], &note["reason"]),
        (&json!("ada"), &json!("checkouts fail"))
    );
    let (code, stdout, _) = rollback(&pair, &["shop", "--back", "1", "--output", "json"]).await;
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, told),
        (0, json!({"canary": "default/shop", "back": 1, "images": ["v2"]}))
    );
}

#[tokio::test]
async fn stable_is_left_while_the_canary_has_traffic() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.server.put(virtual_service(5));
    let (code, _, stderr) = rollback(&pair, &["shop"]).await;
    assert_eq!(code, 1);
    assert!(
        stderr.contains("expected a canary without traffic, found it at 5 %"),
        "{stderr}"
    );
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_canary_that_is_not_there_is_named_beside_those_that_are() {
    let pair = Pair::ready().await;
    let (code, _, stderr) = rollback(&pair, &["market/shop"]).await;
    assert_eq!(code, 1);
    assert!(
        stderr.contains("expected a Canary, found none of market/shop among [\"default/shop\"]"),
        "{stderr}"
    );
}
