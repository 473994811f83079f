//! Whoever looks for secrets finds them: each place where a secret must not be is given one, by a reason that somebody gives.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::json;

use crate::serve::place::Place;
use crate::world::api_server::ApiServer;
use crate::world::daemon::{Daemon, answered, client, run};
use crate::world::endpoint;
use crate::world::log::Log;
use crate::world::marked::{find, secret};
use crate::world::patience::until;

/// The words with which that fails.
fn failure(fails: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(fails)).expect_err("a secret was there, and nobody found it");
    panic.downcast_ref::<String>().unwrap().clone()
}

/// The words with which that fails, on a task of its own.
async fn failure_of(fails: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(fails).await.unwrap_err().into_panic();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_secret_is_found_in_whatever_form_and_half_of_one_as_well() {
    let secret = secret("some");
    let half = secret.len() / 2;
    let forms = [
        secret.clone(),
        secret[..half].to_owned(),
        secret[half..].to_owned(),
        secret.to_lowercase(),
        STANDARD.encode(format!("serin:{secret}")),
        STANDARD.encode(format!("s:{secret}")),
        STANDARD.encode(&secret),
        STANDARD.encode(&secret[half..]),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for form in forms {
        let text = format!("{} before {form} after", "x".repeat(1000));
        let found = find(text.as_bytes()).unwrap_or_else(|| panic!("{form} is not found"));
        assert!(found.contains(&form) && found.len() < 300, "{found}");
    }
    assert_eq!(find(b"a marked text that is no secret"), None);
}

/// A daemon of `place` that is given a secret for a reason: its answers, log, files, store and notifications tell it.
async fn everything_of_a_daemon_is_swept(place: Place, store: &str) {
    let daemon = Daemon::start(&place).await;
    let path = format!("/api/v1/canaries/{}", place.canary);
    let start = daemon.request(Method::POST, &format!("{path}/start"));
    let start = start.header("content-type", "application/json");
    let body = json!({"reason": secret("reason"), "revision": "v2"});
    let started = start.body(body.to_string()).send().await.unwrap();
    assert!(started.status().is_success(), "{started:?}");
    let id = daemon.rollout().await["id"].as_str().unwrap().to_owned();
    let abort = daemon.request(Method::POST, &format!("{path}/abort"));
    let abort = abort.header("content-type", "application/json");
    let body = json!({"reason": secret("reason")});
    let aborted = abort.body(body.to_string()).send().await.unwrap();
    assert!(aborted.status().is_success(), "{aborted:?}");
    until("people were told of start and end", async || {
        (place.people.heard().len() >= 2).then_some(())
    })
    .await;

    let asked = daemon.request(Method::GET, &format!("/api/v1/rollouts/{id}/events?limit=500"));
    let answer = failure_of(async move { drop(answered(asked).await) }).await;
    assert!(answer.starts_with("a secret stands in an answer"), "{answer}");
    let finds = place.left().finds().join("\n");
    for found in [store, "/log: "] {
        assert!(finds.contains(found), "{found} in {finds}");
    }

    let left = failure(|| drop(daemon));
    assert!(left.contains(store) && left.contains("/log: "), "{left}");
    let told = failure(|| drop(place));
    assert!(told.contains("the body of a request"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_tells_a_secret_fails_its_test_on_sqlite() {
    everything_of_a_daemon_is_swept(Place::new("", 1).await, "serin.db").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_tells_a_secret_fails_its_test_on_postgres() {
    everything_of_a_daemon_is_swept(Place::on_postgres("", 1).await, ", public.events: ").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_daemon_leaves_is_read_and_what_a_command_prints() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    let folder = place.canaries().join("below");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("left.txt"), secret("left")).unwrap();
    assert!(failure(|| drop(daemon)).contains("below/left.txt: "));
    fs::remove_dir_all(folder).unwrap();

    let missing = secret("missing");
    let said = failure_of(async move {
        run(&place, &["judge", &missing]).await;
    });
    assert!(said.await.contains("a secret stands in the stderr of"));
}

#[tokio::test]
async fn receivers_logs_and_the_objects_of_a_cluster_are_swept() {
    let endpoint = endpoint::answering(reqwest::StatusCode::OK).await;
    let told = client().post(&endpoint.address).bearer_auth(secret("token"));
    told.body("{}").send().await.unwrap();
    let key = json!({"routing_key": secret("key")});
    client()
        .post(&endpoint.address)
        .body(key.to_string())
        .send()
        .await
        .unwrap();
    drop(endpoint);
    let endpoint = endpoint::answering(reqwest::StatusCode::OK).await;
    client()
        .post(&endpoint.address)
        .body(secret("text"))
        .send()
        .await
        .unwrap();
    assert!(failure(|| drop(endpoint)).contains("the body of a request"));

    let (log, guard) = Log::of(tracing::Level::INFO);
    tracing::info!("told {}", secret("line"));
    drop(guard);
    assert!(failure(|| drop(log)).contains("the log: "));

    let server = ApiServer::start().await;
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "some", "namespace": "shop"}, "message": secret("message"),
    });
    server.put(event);
    assert!(failure(|| drop(server)).contains("an object: "));
}
