//! Who may call a webhook.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serin::signature::SigningKey;
use serin::spec::Timestamp;

use super::mesh::Mesh;
use super::{body, judged};
use crate::routes::Answer;
use crate::routes::in_process::InProcess;
use crate::world::World;

const API_TOKEN: &str = crate::world::marked::constant!("api-token");
const WEBHOOK_TOKEN: &str = crate::world::marked::constant!("webhook-token");
const SECRET: &str = crate::world::marked::constant!("webhook-secret");
const PREVIOUS_SECRET: &str = crate::world::marked::constant!("webhook-secret-before");
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const PATH: &str = "/webhooks/flagger/rollout";

fn guarded() -> InProcess {
    let api = InProcess::with(World::new(), |settings| {
        settings.token = Some(API_TOKEN.into());
        settings.webhook_token = Some(WEBHOOK_TOKEN.into());
        settings.webhook_keys = [SECRET, PREVIOUS_SECRET]
            .map(|secret| SigningKey::parse(&secret.into()).unwrap())
            .to_vec();
    });
    api.canaries.delete();
    api
}

/// The same when it has run for a while.
async fn settled() -> InProcess {
    let api = guarded();
    api.pass(FIVE_MINUTES * 2).await;
    api
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

async fn with(api: &InProcess, authorization: &str) -> StatusCode {
    let headers = [("authorization", authorization)];
    api.post(PATH, &headers, body("a").to_string()).await.status
}

/// A signed message.
#[derive(Clone)]
struct Message {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

impl Message {
    fn at(time: Timestamp) -> Self {
        Self::signed(time, SECRET)
    }

    fn signed(time: Timestamp, secret: &str) -> Self {
        let (id, body) = ("msg-1".to_owned(), body("a").to_string());
        let seconds = time.0 / 1000;
        let key = SigningKey::parse(&secret.into()).unwrap();
        Self {
            signature: key.sign(&id, seconds, body.as_bytes()),
            timestamp: seconds.to_string(),
            id,
            body,
        }
    }

    async fn post(&self, api: &InProcess) -> Answer {
        let headers = [
            ("webhook-id", self.id.as_str()),
            ("webhook-timestamp", self.timestamp.as_str()),
            ("webhook-signature", self.signature.as_str()),
        ];
        api.post(PATH, &headers, self.body.clone()).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_opens_webhooks_as_flagger_can_send_it() {
    let api = guarded();
    for authorization in [
        basic("flagger", WEBHOOK_TOKEN),
        basic(WEBHOOK_TOKEN, ""),
        basic("flagger", API_TOKEN),
        format!("Bearer {WEBHOOK_TOKEN}"),
        format!("bearer  {API_TOKEN}"),
    ] {
        assert_eq!(with(&api, &authorization).await, 200, "{authorization}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_else_opens_them_and_nothing_begins() {
    let api = guarded();
    let wrong = [
        basic("flagger", "wrong"),
        basic("", ""),
        basic("flagger", &format!("{WEBHOOK_TOKEN} ")),
        basic("flagger", &format!(":{WEBHOOK_TOKEN}")),
        format!("Basic {WEBHOOK_TOKEN}"),
        "Basic !".to_owned(),
        format!("Digest {WEBHOOK_TOKEN}"),
        "Bearer ".to_owned(),
        WEBHOOK_TOKEN.to_owned(),
    ];
    for authorization in &wrong {
        assert_eq!(with(&api, authorization).await, 401, "{authorization}");
    }
    api.post(PATH, &[], body("a").to_string())
        .await
        .problem(401, "unauthorised");
    assert_eq!(api.counters.unauthorised.get(), wrong.len() as u64 + 1);
    assert_eq!(judged(&api), None);
}

#[tokio::test(start_paused = true)]
async fn the_token_of_webhooks_opens_nothing_else() {
    let api = guarded();
    let bearer = format!("Bearer {WEBHOOK_TOKEN}");
    for path in [
        "/api/v1/canaries/shop/checkout/promote",
        "/api/v1/canaries/shop/checkout/abort",
    ] {
        let answer = api
            .post(path, &[("authorization", &bearer)], r#"{"reason": "a test"}"#)
            .await;
        answer.problem(401, "unauthorised");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signature_opens_them_once() {
    let api = settled().await;
    let message = Message::at(api.world.clock.now());
    assert_eq!(message.post(&api).await.status, 200);
    assert!(judged(&api).is_some());
    message.post(&api).await.problem(409, "replayed");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_changed_is_refused() {
    let api = settled().await;
    let message = Message::at(api.world.clock.now());
    let changes: [fn(&mut Message); 7] = [
        |message| message.id.push('2'),
        |message| message.id.clear(),
        |message| message.timestamp = (message.timestamp.parse::<u64>().unwrap() + 1).to_string(),
        |message| message.timestamp = "soon".to_owned(),
        |message| message.signature = message.signature.replace("v1,", "v1,A"),
        |message| message.signature.clear(),
        // The same JSON, written otherwise.
        |message| message.body = message.body.replace(':', ": "),
    ];
    for change in changes {
        let mut changed = message.clone();
        change(&mut changed);
        changed.post(&api).await.problem(401, "unauthorised");
    }
    assert_eq!(judged(&api), None);
    // None of that used the id up.
    assert_eq!(message.post(&api).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_message_counts_for_five_minutes_and_no_sooner_than_clocks_differ() {
    let api = settled().await;
    let now = api.world.clock.now();
    let (second, ten) = (Duration::from_secs(1), Duration::from_secs(10));
    let before = |time: Duration| Timestamp(now.0 - time.as_millis() as u64);
    for time in [
        now + ten + second,
        before(FIVE_MINUTES + second),
        Timestamp(0),
        Timestamp(u64::MAX),
    ] {
        Message::at(time).post(&api).await.problem(401, "unauthorised");
    }
    assert_eq!(Message::at(before(FIVE_MINUTES)).post(&api).await.status, 200);
    Message::at(now + ten).post(&api).await.problem(409, "replayed");
}

#[tokio::test(start_paused = true)]
async fn while_keys_change_both_count_and_no_third_one_does() {
    let api = settled().await;
    let now = api.world.clock.now();
    assert_eq!(Message::signed(now, PREVIOUS_SECRET).post(&api).await.status, 200);
    Message::at(now).post(&api).await.problem(409, "replayed");
    let other = Message::signed(now, "of-somebody-else-and-long-enough-to-sign");
    other.post(&api).await.problem(401, "unauthorised");
}

#[tokio::test(start_paused = true)]
async fn what_another_process_may_have_seen_counts_no_longer() {
    let mut api = settled().await;
    let now = api.world.clock.now();
    let (early, ahead) = (Message::at(now), Message::at(now + Duration::from_secs(10)));
    assert_eq!(early.post(&api).await.status, 200);
    api.restart().await;
    early.post(&api).await.problem(401, "unauthorised");
    ahead.post(&api).await.problem(401, "unauthorised");
    api.pass(Duration::from_secs(21)).await;
    ahead.post(&api).await.problem(401, "unauthorised");
    assert_eq!(Message::at(api.world.clock.now()).post(&api).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn without_any_secret_only_this_machine_may_call() {
    let api = InProcess::of(World::new());
    api.canaries.delete();
    assert_eq!(api.post(PATH, &[], body("a").to_string()).await.status, 200);
    for header in [("origin", "https://evil.test"), ("host", "evil.test")] {
        api.post(PATH, &[header], body("a").to_string())
            .await
            .problem(403, "forbidden");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_for_webhooks_alone_guards_them() {
    let api = InProcess::with(World::new(), |settings| {
        settings.webhook_token = Some(WEBHOOK_TOKEN.into())
    });
    api.canaries.delete();
    api.post(PATH, &[], body("a").to_string())
        .await
        .problem(401, "unauthorised");
    assert_eq!(with(&api, &basic("flagger", WEBHOOK_TOKEN)).await, 200);
    // Without a key no signature counts.
    let message = Message::at(api.world.clock.now());
    message.post(&api).await.problem(401, "unauthorised");
}
