//! Hooks of a whole daemon: where the configuration lets them go, and what people see of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use super::daemon::{Daemon, run};
use super::place::Place;
use crate::world::endpoint::{Endpoint, serve};

/// A gate, shut until the test opens it.
async fn gate() -> (Endpoint, Arc<AtomicBool>) {
    let is_open = Arc::<AtomicBool>::default();
    let answered = is_open.clone();
    let answer = async move || {
        if answered.load(Ordering::Relaxed) {
            StatusCode::OK.into_response()
        } else {
            (StatusCode::FORBIDDEN, "closed by ada").into_response()
        }
    };
    (serve(Router::new().fallback(answer)).await, is_open)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_holds_the_start_and_people_see_which_and_why() {
    let place = Place::new("", 1).await;
    let (gate, is_open) = gate().await;
    let hook = format!("{{name: gate, type: confirm-rollout, url: \"{}\"}}", gate.address);
    place.edit(
        "  notify: [oncall]",
        &format!("  hooks: [{hook}]\n  notify: [oncall]"),
    );
    let elsewhere = "hooks: {allow: \"https://gate.example.com/\"}\n";
    place.configure(elsewhere);
    let canaries = place.canaries();
    let configuration = canaries.with_file_name("serin.yaml");
    let check = [
        "check",
        configuration.to_str().unwrap(),
        canaries.to_str().unwrap(),
    ];
    let (code, _, stderr) = run(&place, &check).await;
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("spec.hooks[0].url: expected an address that begins as one of `hooks.allow` does"),
        "{stderr}"
    );

    place.configure(&format!("hooks: {{allow: \"{}/\"}}\n", gate.address));
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    let is_held = |rollout: &serde_json::Value| rollout["hooks"][0]["state"] == "failed";
    daemon.until("held", is_held).await;
    let (_, seen, _) = run(&place, &["get", "demo/checkout", "--server", &daemon.api]).await;
    for line in [
        "holds     hook: gate (confirm-rollout): 403 Forbidden: closed by ada",
        "hook      gate (confirm-rollout) failed: 403 Forbidden: closed by ada",
    ] {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
    is_open.store(true, Ordering::Relaxed);
    daemon
        .until("open", |rollout| rollout["hooks"][0]["state"] == "passed")
        .await;
}
