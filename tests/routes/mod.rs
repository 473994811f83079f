//! The API on a real socket, with a driver on the fakes of the world behind it. The files mirror the URLs.
//!
//! Every answer that [`TestApi`] gets is held against the API's own document.

mod aborts_come_first;
mod around;
mod auth;
mod canaries;
mod cluster_identities;
mod commands;
mod document;
mod follower;
mod health;
pub(crate) mod history;
mod idempotency;
pub(crate) mod in_process;
mod json_web_tokens;
mod limits;
mod metrics;
pub(crate) mod permissions;
mod properties;
mod rates;
mod rollouts;
mod stream;
mod tls;
mod unknown;
mod verdicts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use serin::api::{Api, ApiSettings, Daemon};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::World;
use history::{FakeCanaries, FakeHistory};

/// How long anything may take. Reached only when something is broken.
const EVENTUALLY: Duration = Duration::from_secs(20);

/// An API in a world of its own, with the Canary `shop/checkout`.
pub(crate) struct TestApi {
    pub(crate) world: World,
    pub(crate) canaries: Arc<FakeCanaries>,
    pub(crate) history: Arc<FakeHistory>,
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) counters: Arc<serin::api::counters::Counters>,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: JoinHandle<()>,
}

/// What the configuration has where nothing is written.
pub(crate) fn usual_settings() -> ApiSettings {
    ApiSettings {
        token: None,
        tokens: Vec::new(),
        jwt: None,
        reviewer: None,
        webhook_token: None,
        webhook_keys: Vec::new(),
        tls: None,
        body_limit_bytes: 1 << 20,
        header_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(10),
        max_connections: 1024,
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl TestApi {
    /// With the usual settings.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(crate) async fn with(edit: impl FnOnce(&mut ApiSettings)) -> Self {
        Self::of(edit, Api::new).await
    }

    /// Whatever API `make` makes for this world.
    async fn of(
        edit: impl FnOnce(&mut ApiSettings),
        make: impl FnOnce(Daemon, ApiSettings, CancellationToken) -> Api,
    ) -> Self {
        let mut settings = usual_settings();
        edit(&mut settings);
        let world = World::new();
        let canaries = Arc::new(FakeCanaries::of(world.canary.clone()));
        let history = Arc::new(FakeHistory::of(&world.journal));
        let daemon = Daemon {
            driver: world.driver.clone(),
            canaries: canaries.clone(),
            history: history.clone(),
            clock: world.clock.clone(),
        };
        let stop = CancellationToken::new();
        let api = make(daemon, settings, stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            counters: api.counters(),
            serving: tokio::spawn(api.serve(listener)),
            client: Client::builder().no_proxy().timeout(EVENTUALLY).build().unwrap(),
            world,
            canaries,
            history,
            stop,
        }
    }

    /// With a rollout under way.
    pub(crate) async fn rolling() -> Self {
        let mut api = Self::start().await;
        api.begin().await;
        api
    }

    /// Starts a rollout, and waits until it is journalled.
    pub(crate) async fn begin(&mut self) {
        let canary = self.world.canary.clone();
        self.world.id = self.world.driver.start(canary, "v2".into()).unwrap();
        self.world.driver.journalled(&self.world.id).await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, |request| request).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        let body = body.to_owned();
        self.ask(Method::POST, path, |request| {
            request.header("content-type", "application/json").body(body)
        })
        .await
    }

    /// Gives the Canary a command.
    pub(crate) async fn command(&self, command: &str, body: &str) -> Answer {
        self.post(&format!("/api/v1/canaries/shop/checkout/{command}"), body)
            .await
    }

    /// Asks, and holds the answer against the document.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        edit: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Answer {
        let request = edit(self.client.request(method.clone(), self.url(path)));
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let answer = Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        };
        document::hold(&method, path, &answer);
        answer
    }
}

impl Answer {
    /// That it is a success, and what it says.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:#?}");
        self.body
    }

    /// That it is this problem, and what it says.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{self:#?}");
        assert_eq!(
            self.body["type"],
            format!("urn:serin:problem:{kind}"),
            "{self:#?}"
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.body
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let header = self.headers.get(name);
        header
            .unwrap_or_else(|| panic!("no {name} in {self:#?}"))
            .to_str()
            .unwrap()
    }
}

/// Asks again and again until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let happened = tokio::time::timeout(EVENTUALLY, asking).await;
    assert!(happened.is_ok(), "never happened: {what}");
}
