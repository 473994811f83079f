//! `serin notify test`, as a program.

use std::fs;
use std::process::Command;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::inbox::Inbox;
use crate::world::endpoint;

const SECRET: &str = crate::world::marked::constant!("secret-of-a-channel");

/// What the program said, and how it ended.
struct Told {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Tries the channel `x`, which has these fields.
async fn tried(fields: &str, more: &[&str]) -> Told {
    let arguments: Vec<&str> = ["notify", "test", "x"].iter().chain(more).copied().collect();
    run(fields, &arguments).await
}

async fn run(fields: &str, arguments: &[&str]) -> Told {
    let folder = TempDir::new().unwrap();
    let configuration = format!("notify: {{channels: {{x: {{{fields}}}}}}}\n");
    fs::write(folder.path().join("serin.yaml"), configuration).unwrap();
    fs::write(folder.path().join("secret"), SECRET).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
    command.args(arguments).current_dir(folder.path());
    for name in ["RUST_LOG", "SERIN_CONFIG", "SERIN_ENV"] {
        command.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let told = Told {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!told.stdout.contains(SECRET) && !told.stderr.contains(SECRET));
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn says_that_it_arrived_marked_as_a_test_whatever_the_channel_takes() {
    let inbox = Inbox::answering(StatusCode::OK).await;
    let fields = format!(
        "type: webhook, url: '{}', urgencies: none",
        inbox.endpoint.address
    );
    let told = tried(&fields, &[]).await;
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.starts_with("x: delivered in "), "{}", told.stdout);
    let event = inbox.received().remove(0).json();
    assert_eq!(event["type"], "dev.serin.rollout.test");
    let text = event["data"]["text"].as_str().unwrap();
    assert_eq!(
        text,
        "A test of Serin's channel `x`, sent by hand: nothing happened."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn closes_the_incident_that_it_opens() {
    let inbox = Inbox::answering((StatusCode::ACCEPTED, "{}")).await;
    let fields = format!(
        "type: pagerduty, routingKeyFile: secret, apiUrl: '{}'",
        inbox.endpoint.address
    );
    let told = tried(&fields, &["--urgency", "page", "--output", "json"]).await;
    assert_eq!(told.code, 0, "{}", told.stderr);
    let said: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (&said["delivered"], &said["closed"]),
        (&json!(true), &json!(true))
    );
    let events: Vec<Value> = inbox.received().iter().map(|request| request.json()).collect();
    let actions: Vec<&Value> = events.iter().map(|event| &event["event_action"]).collect();
    assert_eq!(actions, ["trigger", "resolve"]);
    assert_eq!(events[0]["dedup_key"], events[1]["dedup_key"]);
    assert_eq!(events[0]["payload"]["severity"], "critical");
    assert_eq!(events[0]["routing_key"], SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn says_why_it_did_not_arrive_and_what_would_become_of_news() {
    let inbox = Inbox::answering(Json(json!({"ok": false, "error": "channel_not_found"}))).await;
    let address = &inbox.endpoint.address;
    let fields = format!("type: slack, channel: C0, tokenFile: secret, apiUrl: '{address}/api'");
    let told = tried(&fields, &[]).await;
    assert_eq!((told.code, told.stdout.as_str()), (1, ""));
    let reason =
        format!("{address} refused chat.postMessage: channel_not_found; hint: is it the channel's id");
    assert!(told.stderr.contains(&reason), "{}", told.stderr);
    assert!(
        told.stderr.ends_with("  news would be given up\n"),
        "{}",
        told.stderr
    );

    let told = tried(&fields, &["--output", "json"]).await;
    let said: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (told.code, &said["delivered"], &said["final"]),
        (1, &json!(false), &json!(true))
    );
    assert_eq!(said["channel"], "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_no_longer_than_the_channel_does() {
    let hanging = endpoint::silent().await;
    let fields = format!("type: webhook, timeout: 1s, url: '{}'", hanging.address);
    let told = tried(&fields, &[]).await;
    assert_eq!(told.code, 1);
    assert!(
        told.stderr.contains("no answer within 1s; it may have arrived"),
        "{}",
        told.stderr
    );
    assert!(
        told.stderr.ends_with("  news would be tried again\n"),
        "{}",
        told.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_not_there_and_a_template_that_cannot_work_are_refused() {
    let told = run("type: log", &["notify", "test", "y"]).await;
    assert_eq!(told.code, 1);
    assert!(
        told.stderr
            .contains("expected a channel of the configuration, found `y`"),
        "{}",
        told.stderr
    );
    let told = tried("type: slack, url: 'http://127.0.0.1:1', title: '{{ nmae }}'", &[]).await;
    assert_eq!(told.code, 1);
    assert!(
        told.stderr.contains("serin.yaml:1: notify.channels.x.title: "),
        "{}",
        told.stderr
    );
    let told = run(
        "type: slack, url: 'http://127.0.0.1:1', title: '{{ nmae }}'",
        &["check", "serin.yaml"],
    )
    .await;
    assert_eq!(told.code, 1);
    assert!(
        told.stderr
            .contains("notify.channels.x.title: expected a template"),
        "{}",
        told.stderr
    );
    let told = tried("type: log", &["--urgency", "loud"]).await;
    assert_eq!(told.code, 2, "wrong usage");
}
