//! A whole rollout of a daemon that has every secret there can be, with all that people and programs do beside it: nothing of it tells
//! one, which the world sees to wherever something is told. Prometheus fails for a while, and repeats what it was sent; so do receivers.

use std::fs;

use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use serin::demo::service::Behaviour;

use super::every::{CHANNELS, Others};
use crate::closed_loop::world::World;
use crate::world::daemon::{Daemon, answered, run, until};
use crate::world::fault_proxy::Fault;
use crate::world::home::Home;
use crate::world::marked::secret;
use crate::world::pod::HEALTHY;
use crate::world::postgres;

/// With half of its requests failing it is aborted within seconds, and people are paged.
const BAD: Behaviour = Behaviour {
    error_rate: 0.5,
    ..HEALTHY
};

const REFUSED: &str = "
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: refused, namespace: shop}
spec:
  traffic: {file: {path: virtual-service.yaml, virtualService: checkout, stable: {subset: stable}, canary: {subset: canary}}}
  analysis: {metrics: [{template: http-success-rate}]}
";

/// What the proxy answers that repeats what it was sent.
const ECHO: u16 = 502;

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_aborted_and_no_secret_is_told_on_sqlite() {
    rollout(Home::new("shop/checkout"), BAD, "aborted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_promoted_and_no_secret_is_told_on_postgres() {
    let server = postgres::Server::start("fsync = off");
    let database = server.database().await;
    let password = postgres::password();
    database
        .run(&format!("ALTER USER test PASSWORD '{password}'"))
        .await;
    server.ask_for_passwords();
    rollout(Home::on("shop/checkout", database.url()), HEALTHY, "succeeded").await;
}

async fn rollout(home: Home, canary: Behaviour, phase: &str) {
    let others = Others::start(&home).await;
    let mut world = World::at(home).await;
    let proxy = world.proxy.url();
    others.configure(&mut world.home, &proxy);
    let file = world.home.canaries().join("canary.yaml");
    let hook = format!("{{name: gate, type: pre-rollout, url: \"{}\"}}", others.gate());
    let with = format!(
        "  hooks: [{hook}]\n  notify: [{}]\n  promotion: ",
        CHANNELS.join(", ")
    );
    world.home.edit(&file, "  promotion: ", &with);
    // At half of the traffic it is proven soonest.
    let steps = "steps: [{weight: 5}, {weight: 50}, {weight: 100}]";
    world.home.edit(&file, steps, "steps: [{weight: 50}]");
    world.canary_behaves(canary);
    write_what_is_refused(&world.home);

    look_before(&world.home).await;
    let daemon = world.serve().await;
    assert_ne!(daemon.started["problems"], 0, "{}", daemon.started);
    refuse_strangers(&daemon).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    world.proxy.set(Fault::Echo(ECHO));
    daemon
        .until("asked in vain", |rollout| {
            rollout.to_string().contains(&ECHO.to_string())
        })
        .await;
    world.proxy.set(Fault::None);
    world.begin();
    let ended = daemon.until("ended", |rollout| rollout["phase"] == phase).await;
    let id = ended["id"].as_str().unwrap();
    until_told(&daemon, id).await;
    look_after(&daemon, &world.home, &others, id).await;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0), "{}", world.home.log_text());
    for words in [
        &["history"][..],
        &["history", id],
        &["history", id, "--deliveries"],
        &["replay", id],
    ] {
        let (code, _, stderr) = run(&world.home, words).await;
        assert_eq!(code, 0, "{words:?}: {stderr}");
    }
    world.end().await;
}

/// A Canary with credentials where everybody would read them.
fn write_what_is_refused(home: &Home) {
    let path = home.canaries().join("refused.yaml");
    let address = |path: &str| format!("http://serin:{}@127.0.0.1:1/{path}", secret("user-part"));
    let text = format!(
        "{REFUSED}  hooks: [{{name: gate, type: rollout, url: \"{}\"}}]\n  workloads: {{stable: {{endpoints: [\"{}\"]}}, canary: {{endpoints: [\"{1}\"]}}}}\n",
        address("gate"),
        address("pod"),
    );
    fs::write(&path, text).unwrap();
    home.left().planted(path);
}

/// What people do before they start it. What becomes of it is not the question, but that it is said.
async fn look_before(home: &Home) {
    for words in [
        &["check", "serin.yaml", "canaries"][..],
        &["audit"],
        &["doctor"],
        &["migrate"],
        &["migrate", "--list"],
    ] {
        let (_, stdout, stderr) = run(home, words).await;
        assert!(stdout.len() + stderr.len() > 20, "{words:?}: {stdout}{stderr}");
    }
    for channel in CHANNELS {
        let (_, stdout, stderr) = run(home, &["notify", "test", channel]).await;
        let said = format!("{stdout}{stderr}");
        assert!(said.contains(channel), "{said}");
    }
}

/// Whoever has almost the right thing is sent away, and whoever has it is let in.
async fn refuse_strangers(daemon: &Daemon) {
    let claims = json!({"sub": "ada", "role": "viewer", "exp": 4_102_444_800_u64});
    let signed = |by: &str| {
        let key = EncodingKey::from_secret(secret(by).as_bytes()).unwrap();
        encode(&Header::default(), &claims, &key).unwrap()
    };
    let almost = secret("almost-the-token");
    for (token, expected) in [
        (signed("api_jwt_secret"), 200),
        (signed("another"), 401),
        (almost.clone(), 401),
    ] {
        let list = daemon.request(Method::GET, "/api/v1/canaries");
        // The last of several counts as none, so there is one.
        let list = list.build().map(|mut list| {
            list.headers_mut()
                .insert("authorization", format!("Bearer {token}").parse().unwrap());
            list
        });
        let (status, text) = answered(reqwest::RequestBuilder::from_parts(
            crate::world::daemon::client(),
            list.unwrap(),
        ))
        .await;
        assert_eq!(status, expected, "{text}");
    }
    let hook = format!("{}/webhooks/flagger/rollout", daemon.api);
    for (password, expected) in [(secret("api_webhook_token"), 400), (almost, 401)] {
        let asked = crate::world::daemon::client()
            .post(&hook)
            .basic_auth("flagger", Some(password));
        let asked = asked.header("content-type", "application/json").body("{}");
        let (status, text) = answered(asked).await;
        assert_eq!(status, expected, "{text}");
    }
}

/// Each channel has taken everything, has given it up, or has been tried.
async fn until_told(daemon: &Daemon, id: &str) {
    let path = format!("/api/v1/rollouts/{id}/deliveries?limit=500");
    until("told", async || {
        let page = daemon.get(&path).await;
        let deliveries = page["items"].as_array()?;
        let is_tried = |delivery: &Value| delivery["attempts"].as_u64() > Some(0);
        let is_last = |delivery: &Value| delivery["kind"] == "ended";
        (deliveries.iter().all(is_tried) && deliveries.iter().any(is_last)).then_some(())
    })
    .await;
}

/// What people and programs ask for afterwards.
async fn look_after(daemon: &Daemon, home: &Home, others: &Others, id: &str) {
    for path in [
        "/api/v1/canaries".to_owned(),
        "/api/v1/rollouts".to_owned(),
        format!("/api/v1/rollouts/{id}"),
        format!("/api/v1/rollouts/{id}/events?limit=500"),
        "/api/v1/verdicts/shop/checkout".to_owned(),
    ] {
        daemon.get(&path).await;
    }
    daemon.says("/health/detailed").await;
    daemon.metrics().await;
    let server = daemon.api.replace("127.0.0.1", "localhost");
    let get = [
        "get",
        home.canary,
        "--server",
        &server,
        "--ca-file",
        others.authority(),
    ];
    let (code, _, stderr) = run(home, &get).await;
    assert_eq!(code, 0, "{stderr}");
}
