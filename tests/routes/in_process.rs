//! The API without a socket, in a world on paused time: an hour of a rollout passes in milliseconds.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;
use serin::api::{Api, ApiSettings, Daemon};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::history::{FakeCanaries, FakeHistory};
use super::{Answer, document};
use crate::world::World;

/// Longest answer that a test reads.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// An API in a world of its own, with the Canary `shop/checkout`.
pub(crate) struct InProcess {
    pub(crate) world: World,
    pub(crate) canaries: Arc<FakeCanaries>,
    pub(crate) history: Arc<FakeHistory>,
    pub(crate) counters: Arc<serin::api::counters::Counters>,
    settings: ApiSettings,
    router: Router,
}

impl InProcess {
    /// The API of `world`, with the usual settings.
    pub(crate) fn of(world: World) -> Self {
        Self::with(world, |_| {})
    }

    /// With other settings.
    pub(crate) fn with(world: World, edit: impl FnOnce(&mut ApiSettings)) -> Self {
        let mut settings = super::usual_settings();
        edit(&mut settings);
        let canaries = Arc::new(FakeCanaries::of(world.canary.clone()));
        let history = Arc::new(FakeHistory::of(&world.journal));
        let api = api(&world, &canaries, &history, &settings);
        Self {
            counters: api.counters(),
            router: api.router(),
            world,
            canaries,
            history,
            settings,
        }
    }

    /// Ends the daemon's life where it stands, and begins another in the same world.
    pub(crate) async fn restart(&mut self) -> usize {
        let recovered = self.world.restart().await;
        let api = api(&self.world, &self.canaries, &self.history, &self.settings);
        (self.counters, self.router) = (api.counters(), api.router());
        recovered
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], String::new()).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        let json = [("content-type", "application/json")];
        self.ask(Method::POST, path, &[headers, &json].concat(), body.into())
            .await
    }

    /// The status of an answer that is not read.
    pub(crate) async fn status(&self, path: &str, headers: &[(&str, &str)]) -> StatusCode {
        let mut request = Request::builder().uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }

    /// Asks, and holds the answer against the document.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.unwrap();
        let answer = Answer {
            status,
            headers,
            body: serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::String(String::from_utf8(body.to_vec()).unwrap())),
        };
        document::hold(&method, path, &answer);
        answer
    }
}

fn api(
    world: &World,
    canaries: &Arc<FakeCanaries>,
    history: &Arc<FakeHistory>,
    settings: &ApiSettings,
) -> Api {
    let daemon = Daemon {
        driver: world.driver.clone(),
        canaries: canaries.clone(),
        history: history.clone(),
        clock: world.clock.clone(),
    };
    Api::new(daemon, settings.clone(), CancellationToken::new())
}
