//! Flagger beside Serin, in one namespace of the cluster.

use std::fs;

use tempfile::TempDir;

use crate::control_plane::configured::configure;
use crate::control_plane::rollouts::SHARED;
use crate::control_plane::rollouts::world::{image, install};
use crate::world::cluster::{Backends, Cluster};
use crate::world::daemon::{Daemon, client};
use crate::world::home::Home;
use crate::world::process::Process;
use crate::world::programs::{built, made};
use crate::world::prometheus::Prometheus;

/// Where all of it is; nobody else is there.
pub(super) const NAMESPACE: &str = "gated";

/// What opens Serin's webhooks, in the form that the README has it made: without the mark of secrets, since it stands in Flagger's own
/// Canaries, where Flagger has it.
const TOKEN: &str = "5f0c3a9be1d24786a7b5c2d1e0f94835c6a7b8d9e0f1a2b3c4d5e6f708192a3b";

/// Where Flagger's health is asked: no other program of the cluster has the port.
const HEALTH: &str = "http://127.0.0.1:8085/healthz";

/// The two of them, the pods and their Prometheus.
pub(super) struct World {
    // Each asks the ones below it.
    flagger: Process,
    pub(super) daemon: Daemon,
    pub(super) backends: Backends,
    _prometheus: Prometheus,
    _home: Home,
    _folder: TempDir,
    pub(super) cluster: Cluster,
}

impl World {
    /// Flagger and Serin are ready, and no Canary is there.
    pub(super) async fn start() -> Self {
        let cluster = SHARED.join().await;
        install(&cluster);
        cluster.kubectl(&["create", "namespace", NAMESPACE]);
        let backends = Backends::of(&cluster, NAMESPACE);
        let prometheus = Prometheus::start().await;
        backends.scraped_by(&prometheus);
        let home = Home::new("gated/healthy");
        configure(&home, &prometheus, NAMESPACE);
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        fs::write(&token, TOKEN).unwrap();
        let kubeconfig = cluster.kubeconfig_of("serin", "serin");
        let arguments = [
            "--kubeconfig",
            kubeconfig.to_str().unwrap(),
            "--api-webhook-token-file",
            token.to_str().unwrap(),
        ];
        let daemon = Daemon::start_with(&home, &arguments).await;
        let flagger = flagger(&cluster, &prometheus, &folder).await;
        Self {
            flagger,
            daemon,
            backends,
            _prometheus: prometheus,
            _home: home,
            _folder: folder,
            cluster,
        }
    }

    /// Serin's API, as Flagger's webhooks name it.
    pub(super) fn gate(&self) -> String {
        self.daemon
            .api
            .replacen("http://", &format!("http://flagger:{TOKEN}@"), 1)
    }

    /// The image of a Deployment's template.
    pub(super) async fn image(&self, deployment: &str) -> String {
        image(&self.cluster, NAMESPACE, deployment).await
    }

    /// Flagger's log.
    pub(super) fn flagger_said(&self) -> String {
        self.flagger.said()
    }
}

/// The controller, with its resources; it looks for Canaries every second.
async fn flagger(cluster: &Cluster, prometheus: &Prometheus, folder: &TempDir) -> Process {
    let resources = made("flagger-crds", "flagger-crds.yaml");
    let resources = resources.to_str().unwrap();
    cluster.kubectl(&["apply", "--server-side", "--filename", resources]);
    cluster.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "--filename",
        resources,
    ]);
    let mut command = cluster.command(built("flagger"));
    command
        .arg(format!("-kubeconfig={}", cluster.kubeconfig().display()))
        .arg(format!("-namespace={NAMESPACE}"))
        .arg(format!("-metrics-server={}", prometheus.url()))
        .args(["-mesh-provider=istio", "-control-loop-interval=1s", "-port=8085"]);
    let flagger = Process::start(&command, &folder.path().join("flagger.log"));
    let ready = flagger.ready(&client(), HEALTH).await;
    ready.unwrap_or_else(|refused| panic!("{refused}"));
    flagger
}
