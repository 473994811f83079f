//! The router follows the file, chooses by weight, and counts what it did.

mod counting;
mod following;
mod routing;

use std::fs;
use std::path::{Path, PathBuf};

use serin::demo::router::{Destination, RoutedTo, Router};
use serin::demo::server::Server;
use tempfile::TempDir;

use super::client;

/// A router before two backends that answer at once with their name.
struct World {
    router: Router,
    file: PathBuf,
    folder: TempDir,
    canary: Server,
    _stable: Server,
    client: reqwest::Client,
    url: String,
}

impl World {
    async fn start(text: &str) -> Self {
        Self::start_with(text, named("canary")).await
    }

    async fn start_with(text: &str, canary: axum::Router) -> Self {
        let folder = TempDir::new().unwrap();
        let file = write(folder.path(), text);
        let stable = Server::start(named("stable")).await.unwrap();
        let canary = Server::start(canary).await.unwrap();
        let backends = [(to("stable"), stable.address()), (to("canary"), canary.address())];
        let router = Router::start(&file, backends.into(), 11).await.unwrap();
        Self {
            url: format!("http://{}/", router.address()),
            router,
            file,
            folder,
            canary,
            _stable: stable,
            client: client(),
        }
    }

    /// Puts another file in place as a careful writer does: written beside, then renamed.
    fn replace(&self, text: &str) {
        let beside = self.folder.path().join(".virtual-service.yaml.new");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, &self.file).unwrap();
    }

    async fn get(&self) -> reqwest::Response {
        self.client.get(&self.url).send().await.unwrap()
    }

    async fn get_many(&self, count: usize) {
        for _ in 0..count {
            self.get()
                .await
                .error_for_status()
                .unwrap()
                .bytes()
                .await
                .unwrap();
        }
    }

    fn count(&self, is_meant: impl Fn(&RoutedTo) -> bool) -> u64 {
        let counts = self.router.counts();
        counts
            .iter()
            .filter(|(routed, _)| is_meant(routed))
            .map(|(_, count)| count)
            .sum()
    }
}

fn named(name: &'static str) -> axum::Router {
    axum::Router::new().fallback(move || async move { name })
}

fn to(subset: &str) -> Destination {
    Destination {
        host: "checkout".to_owned(),
        subset: Some(subset.to_owned()),
    }
}

fn write(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("virtual-service.yaml");
    fs::write(&file, text).unwrap();
    file
}

/// A VirtualService beside another document, with a pinned route and a weighted one.
fn weights(epoch: u64, canary: u8) -> String {
    format!(
        r#"kind: DestinationRule
spec: {{host: checkout}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: checkout
  annotations:
    serin.dev/epoch: "{epoch}"
spec:
  http:
  - match:
    - name: testers
      headers:
        x-tester:
          exact: "true"
    route:
    - destination: {{host: checkout, subset: canary}}
  - route:
    - destination: {{host: checkout, subset: stable}}
      weight: {stable}
    - destination: {{host: checkout, subset: canary}}
      weight: {canary}
    timeout: 5s
    retries: {{attempts: 0}}
"#,
        stable = 100 - canary
    )
}
