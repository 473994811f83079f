//! What stands between one daemon and the API server: everything passes, but for patches while it is shut. They wait at it, are sent
//! when it is opened, however late that is, and what the server answers to them is kept.

use std::mem::take;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::{Client, Method};
use tokio::sync::watch;

use super::Cluster;
use super::access::API_SERVER;
use crate::world::endpoint::{Endpoint, serve};

/// It. Dropping it cuts the daemon off.
pub(crate) struct Gate {
    server: Endpoint,
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    /// What waits for the patches: a part of their path.
    shut: watch::Sender<Option<&'static str>>,
    late: Mutex<Vec<Late>>,
    waiting: watch::Sender<usize>,
}

/// A patch that waited.
#[derive(Debug, Clone)]
pub(crate) struct Late {
    /// What the server answered.
    pub(crate) status: u16,
    pub(crate) answer: String,
}

impl Gate {
    /// An open one.
    pub(crate) async fn before(cluster: &Cluster) -> Self {
        let shared = Arc::new(Shared {
            client: cluster.watching_client(),
            shut: watch::Sender::new(None),
            late: Mutex::default(),
            waiting: watch::Sender::new(0),
        });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        Self {
            server: serve(app).await,
            shared,
        }
    }

    /// A kubeconfig with a token of this service account, which leads here.
    pub(crate) fn kubeconfig_of(&self, cluster: &Cluster, namespace: &str, service_account: &str) -> PathBuf {
        let direct = cluster.kubeconfig_of(namespace, service_account);
        let text = std::fs::read_to_string(&direct).unwrap();
        assert!(text.contains(API_SERVER), "{text}");
        let port = self.server.address.rsplit(':').next().unwrap();
        let here = direct.with_extension(format!("at-{port}"));
        std::fs::write(&here, text.replace(API_SERVER, &self.server.address)).unwrap();
        here
    }

    /// From now on patches of such paths wait.
    pub(crate) fn shut(&self, paths: &'static str) {
        self.shared.shut.send_replace(Some(paths));
    }

    /// Waits until so many do.
    pub(crate) async fn until_waiting(&self, patches: usize) {
        let mut waiting = self.shared.waiting.subscribe();
        waiting.wait_for(|now| *now >= patches).await.unwrap();
    }

    /// Sends what waits, and gives what was answered to it.
    pub(crate) async fn open(&self) -> Vec<Late> {
        self.shared.shut.send_replace(None);
        let mut waiting = self.shared.waiting.subscribe();
        waiting.wait_for(|now| *now == 0).await.unwrap();
        take(&mut *self.shared.late.lock().unwrap())
    }
}

async fn pass(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().unwrap().to_string();
    let waits = method == Method::PATCH && shared.shut.borrow().is_some_and(|paths| path.contains(paths));
    if !waits {
        return shared.send(method, &path, &headers, body).await;
    }
    shared.waiting.send_modify(|waiting| *waiting += 1);
    // Of its own: a daemon that has hung up has its write under way all the same.
    let late = tokio::spawn(async move {
        shared.shut.subscribe().wait_for(Option::is_none).await.unwrap();
        let response = shared.send(method, &path, &headers, body).await;
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        shared.late.lock().unwrap().push(Late {
            status: head.status.as_u16(),
            answer: String::from_utf8_lossy(&body).into_owned(),
        });
        shared.waiting.send_modify(|waiting| *waiting -= 1);
        Response::from_parts(head, Body::from(body))
    });
    late.await.unwrap()
}

impl Shared {
    async fn send(&self, method: Method, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let mut request = self
            .client
            .request(method, format!("{API_SERVER}{path}"))
            .body(body);
        for name in ["authorization", "content-type", "accept"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        match request.send().await {
            Err(_) => StatusCode::BAD_GATEWAY.into_response(),
            Ok(answer) => {
                let mut response = Response::new(());
                *response.status_mut() = answer.status();
                if let Some(value) = answer.headers().get("content-type") {
                    response.headers_mut().insert("content-type", value.clone());
                }
                // A watch has no end.
                response.map(|()| Body::from_stream(answer.bytes_stream()))
            }
        }
    }
}
