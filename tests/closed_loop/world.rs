//! Everything around a daemon: load ──▶ Envoy ──▶ pods of two versions, a bridge from the VirtualService's file to
//! Envoy's weights, and a Prometheus that scrapes pods and Envoy every second.
//!
//! Each world has its own folders and its ports from the kernel, so that several run side by side.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serin::demo::load::{Load, LoadPlan, LoadTotals, PATIENCE};
use serin::demo::service::Behaviour;
use serin::engine::PerArm;

use crate::world::daemon::Daemon;
use crate::world::envoy::{Bridge, CHECKOUT, Envoy};
use crate::world::fault_proxy::FaultProxy;
use crate::world::home::Home;
use crate::world::marked;
use crate::world::patience::until;
use crate::world::pod::Pod;
use crate::world::prometheus::Prometheus;
use crate::world::target::Target;

const CANARY: &str = include_str!("canary.yaml");
const VIRTUAL_SERVICE: &str = include_str!("virtual-service.yaml");

/// Requests a second. They cost three processes' work and this one's; a core has room for several worlds.
const RPS: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// Time between two looks, as it stands in the Canary.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// What is watched and moved. Dropping it stops all of it.
pub(crate) struct World {
    pub(crate) pods: PerArm<Vec<Pod>>,
    pub(crate) envoy: Envoy,
    pub(crate) prometheus: Prometheus,
    /// Between the daemon and Prometheus.
    pub(crate) proxy: FaultProxy,
    load: Option<Load>,
    // It reads what is in the home, so it goes first.
    _bridge: Bridge,
    pub(crate) home: Home,
}

impl World {
    /// Healthy pods, two stable ones and a canary, all traffic on stable; every pod and Envoy has been scraped.
    pub(crate) async fn start() -> Self {
        Self::at(Home::new("shop/checkout")).await
    }

    /// The same, at a home of the test's own.
    pub(crate) async fn at(home: Home) -> Self {
        let pods = PerArm {
            baseline: vec![Pod::start("stable-0").await, Pod::start("stable-1").await],
            canary: vec![Pod::start("canary-0").await],
        };
        let virtual_service = home.canaries().join("virtual-service.yaml");
        fs::create_dir(home.canaries()).unwrap();
        fs::write(&virtual_service, VIRTUAL_SERVICE).unwrap();
        let addresses = pods.as_ref().map(|pods: &Vec<Pod>| addresses(pods));
        let subsets = [
            ("stable", addresses.baseline.clone()),
            ("canary", addresses.canary.clone()),
        ];
        let envoy = Envoy::before(CHECKOUT, &subsets).await;
        let bridge = Bridge::between(&virtual_service, &envoy);
        let targets = targets(&pods.baseline, "checkout-stable");
        let targets = targets.chain(self::targets(&pods.canary, "checkout-canary"));
        let prometheus = Prometheus::set_up().scraping(targets.chain([envoy.target().label("job", "envoy")]));
        let prometheus = prometheus.start().await;
        let world = Self {
            proxy: FaultProxy::before(prometheus.url()).await,
            prometheus,
            pods,
            envoy,
            home,
            load: None,
            _bridge: bridge,
        };
        world.configure();
        world.until_scraped().await;
        world
    }

    /// Starts calling the service.
    pub(crate) fn begin(&mut self) {
        let plan = LoadPlan {
            target: self.envoy.address,
            rps: RPS,
            patience: PATIENCE,
            seed: 1,
        };
        self.load = Some(Load::start(&plan).unwrap());
    }

    /// Stops calling, and waits for the answers under way.
    pub(crate) async fn end(&mut self) -> LoadTotals {
        self.load.take().unwrap().stop().await
    }

    /// Starts a daemon here, and waits until it is ready.
    pub(crate) async fn serve(&self) -> Daemon {
        Daemon::start(&self.home).await
    }

    /// From now on the canary's pods fare like this.
    pub(crate) fn canary_behaves(&self, behaviour: Behaviour) {
        for pod in &self.pods.canary {
            pod.behave(behaviour);
        }
    }

    /// The file that the weights are in.
    pub(crate) fn virtual_service(&self) -> PathBuf {
        self.home.canaries().join("virtual-service.yaml")
    }

    /// How long it took from the first scrape that showed a request of the canary to the last request that it got.
    pub(crate) fn reaction(&self) -> Duration {
        let scrapes = self.pods.canary.iter().flat_map(Pod::scrapes);
        let first = scrapes
            .filter(|scrape| scrape.shown.requests > 0)
            .map(|scrape| scrape.at);
        let last = self.pods.canary.iter().filter_map(Pod::last_answer);
        last.max().unwrap().since(first.min().unwrap())
    }

    /// Requests that an arm's pods have answered.
    pub(crate) fn served(&self) -> PerArm<u64> {
        let requests = |pods: &Vec<Pod>| pods.iter().map(|pod| pod.served().requests).sum();
        self.pods.as_ref().map(requests)
    }

    fn configure(&self) {
        let password = self
            .home
            .secret_file("prometheus", &marked::secret("password-of-prometheus"));
        self.home.configure(&format!(
            "dataSources: {{default: {{address: \"{}\", username: serin, passwordFile: {}}}}}\n",
            self.proxy.url(),
            password.display()
        ));
        let endpoints = |pods: &[Pod]| {
            let quoted = addresses(pods)
                .into_iter()
                .map(|address| format!("\"http://{address}\""));
            quoted.collect::<Vec<_>>().join(", ")
        };
        let canary = CANARY
            .replace("{{stable}}", &endpoints(&self.pods.baseline))
            .replace("{{canary}}", &endpoints(&self.pods.canary));
        fs::write(self.home.canaries().join("canary.yaml"), canary).unwrap();
    }

    async fn until_scraped(&self) {
        let pods = self.pods.baseline.len() + self.pods.canary.len();
        let up = async || {
            let up = self.prometheus.api.value("sum(up)").await?;
            (up == (pods + 1) as f64).then_some(())
        };
        until("everything scraped", up).await;
    }
}

fn targets(pods: &[Pod], workload: &str) -> impl Iterator<Item = Target> {
    pods.iter().map(move |pod| {
        let target = pod.target().label("namespace", CHECKOUT.namespace);
        target.label("workload", workload)
    })
}

fn addresses(pods: &[Pod]) -> Vec<SocketAddr> {
    pods.iter().map(Pod::address).collect()
}
