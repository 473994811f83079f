//! Everything real around a daemon: callers ──▶ Envoy, whose routes istiod makes of the VirtualService ──▶ the pods of two
//! Deployments, a Prometheus that scrapes them every second, and Serin as it is installed: its resources, its rights, its
//! configuration, and the token of its service account.

use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::Value;
use serin::spec::Timestamp;

use super::readme;
use super::weights::Weights;
use crate::control_plane::checkout::Checkout;
use crate::control_plane::configured::configure;
use crate::world::cluster::{Callers, Cluster, History, Shared};
use crate::world::daemon::Daemon;
use crate::world::home::Home;
use crate::world::patience::until;
use crate::world::prometheus::Prometheus;

/// The version that runs at first, and the one that the README gives to the canary.
pub(super) const OLD: &str = "example.test/checkout:1.0";
pub(super) const NEXT: &str = "example.com/checkout:1.1";

/// The steps of the Canary.
pub(super) const STEPS: [u64; 3] = [5, 50, 100];

/// Calls a second: they cost a core's half, and prove a canary within a minute.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// A daemon that is ready sees a Canary and writes its status in a second or two.
const SEEN_WITHIN: Duration = Duration::from_secs(30);

/// What is watched and moved.
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) checkout: Checkout,
    pub(super) prometheus: Prometheus,
    pub(super) home: Home,
    history: History,
    pub(super) namespace: &'static str,
    callers: Option<Callers>,
}

impl World {
    /// The application in a namespace of its own, healthy, all calls at stable; its Canary is applied, and Serin installed.
    pub(super) async fn start(shared: &Shared, namespace: &str) -> Self {
        // Worlds are few, and know their names for as long as the process lives.
        let namespace: &str = namespace.to_owned().leak();
        let canary: &str = format!("{namespace}/checkout").leak();
        let cluster = shared.join().await;
        install(&cluster);
        let checkout = Checkout::deploy(&cluster, namespace).await;
        let prometheus = Prometheus::start().await;
        checkout.backends.scraped_by(&prometheus);
        let home = Home::new(canary);
        configure(&home, &prometheus, namespace);
        cluster.kubectl_in(&["apply", "--filename", "-"], &readme::canary(namespace));
        Self {
            history: History::of(&cluster, &checkout.virtual_service()),
            cluster,
            checkout,
            prometheus,
            home,
            namespace,
            callers: None,
        }
    }

    /// Starts a daemon with its service account's token, and waits until it has seen the canary as it is.
    pub(super) async fn serve(&self) -> Daemon {
        let kubeconfig = self.cluster.kubeconfig_of("serin", "serin");
        let arguments = ["--kubeconfig", kubeconfig.to_str().unwrap()];
        let daemon = Daemon::start_with(&self.home, &arguments).await;
        let known = until("the canary's template is known", async || {
            let canary = self.canary().await;
            canary["status"]["observed"].is_object().then_some(())
        });
        if tokio::time::timeout(SEEN_WITHIN, known).await.is_err() {
            panic!("the canary's template is not known\n{}", self.home.log_text());
        }
        daemon
    }

    /// People begin to call.
    pub(super) fn begin(&mut self) {
        let mesh = self.cluster.mesh();
        self.callers = Some(Callers::call(mesh, &self.checkout.service, PER_SECOND));
    }

    /// They are answered as they were before, if anybody calls at all.
    pub(super) fn callers(&self) -> &Callers {
        self.callers.as_ref().expect("somebody calls")
    }

    /// The next version is given to the canary, as the README says.
    pub(super) fn release(&self) {
        self.as_the_readme_says("kubectl -n shop set image");
    }

    /// The README's command that begins so.
    pub(super) fn as_the_readme_says(&self, beginning: &str) -> String {
        self.cluster.kubectl(&readme::kubectl(beginning, self.namespace))
    }

    /// kubectl in the application's namespace.
    pub(super) fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster
            .kubectl(&[&["--namespace", self.namespace], arguments].concat())
    }

    /// The Canary, with its status.
    pub(super) async fn canary(&self) -> Value {
        let path = format!(
            "/apis/serin.dev/v1alpha1/namespaces/{}/canaries/checkout",
            self.namespace
        );
        self.cluster.api.get(&path).await
    }

    /// Waits until the Canary's status says so.
    pub(super) async fn until_told(&self, phase: &Value) {
        until(&format!("the status says {phase}"), async || {
            (self.canary().await["status"]["phase"] == *phase).then_some(())
        })
        .await;
    }

    /// Every version of the VirtualService so far.
    pub(super) fn weights(&self) -> Vec<Weights> {
        self.history.versions().iter().map(Weights::of).collect()
    }

    /// The canary's weight in the API server.
    pub(super) async fn weight(&self) -> u64 {
        let object = self.cluster.api.get(&self.checkout.virtual_service()).await;
        object["spec"]["http"][0]["route"][1]["weight"]
            .as_u64()
            .unwrap_or(0)
    }

    /// The image of a Deployment's template.
    pub(super) async fn image(&self, deployment: &str) -> String {
        image(&self.cluster, self.namespace, deployment).await
    }

    /// When Prometheus had the first request of the canary, to a tenth of a second.
    pub(super) async fn visible_since(&self) -> Timestamp {
        let query = format!(
            "min(min_over_time(timestamp(istio_requests_total{{destination_workload=\"checkout-canary\",destination_workload_namespace=\"{}\"}} > 0)[10m:100ms]))",
            self.namespace
        );
        let seconds = self.prometheus.api.value(&query).await.expect("it was scraped");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time of this century"
        )]
        Timestamp((seconds * 1000.0) as u64)
    }
}

/// The image of a Deployment's template.
pub(super) async fn image(cluster: &Cluster, namespace: &str, deployment: &str) -> String {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}");
    let object = cluster.api.get(&path).await;
    let image = &object["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().unwrap().to_owned()
}

/// Serin's resources, rights and second lock, as the overlay for one replica has them. (The pod of its Deployment stays without a
/// volume and does nothing: the daemon is this machine's process.)
pub(super) fn install(cluster: &Cluster) {
    cluster.kubectl(&readme::kubectl(
        "kubectl apply --server-side -k deploy/overlays/",
        "serin",
    ));
    cluster.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "crd/canaries.serin.dev",
        "crd/analysistemplates.serin.dev",
    ]);
}
