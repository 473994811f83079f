//! Who may call a webhook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serin::signature::SigningKey;
use serin::spec::Timestamp;

use super::{body, judged};
use crate::routes::Answer;
use crate::routes::in_process::InProcess;
use crate::world::World;

const API_TOKEN: &str = "0123456789abcdef0123456789abcdef";
const WEBHOOK_TOKEN: &str = "fedcba9876543210fedcba9876543210";
const SECRET: &str = "a-secret-that-is-long-enough-to-sign";
const PATH: &str = "/webhooks/flagger/rollout";

fn guarded() -> InProcess {
    let api = InProcess::with(World::new(), |settings| {
        settings.token = Some(API_TOKEN.into());
        settings.webhook_token = Some(WEBHOOK_TOKEN.into());
        settings.webhook_key = Some(SigningKey::parse(&SECRET.into()).unwrap());
    });
    api.canaries.delete();
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
        let (id, body) = ("msg-1".to_owned(), body("a").to_string());
        let seconds = time.0 / 1000;
        let key = SigningKey::parse(&SECRET.into()).unwrap();
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
    let api = guarded();
    let message = Message::at(api.world.clock.now());
    assert_eq!(message.post(&api).await.status, 200);
    assert!(judged(&api).is_some());
    message.post(&api).await.problem(409, "replayed");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_changed_is_refused() {
    let api = guarded();
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
async fn a_message_counts_for_five_minutes() {
    const FIVE_MINUTES_MS: u64 = 5 * 60 * 1000;
    let api = guarded();
    let now = api.world.clock.now().0;
    for time in [
        now + FIVE_MINUTES_MS + 1000,
        now - FIVE_MINUTES_MS - 1000,
        0,
        u64::MAX,
    ] {
        Message::at(Timestamp(time))
            .post(&api)
            .await
            .problem(401, "unauthorised");
    }
    let mut early = Message::at(Timestamp(now - FIVE_MINUTES_MS));
    assert_eq!(early.post(&api).await.status, 200);
    early = Message::at(Timestamp(now + FIVE_MINUTES_MS));
    early.post(&api).await.problem(409, "replayed");
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
