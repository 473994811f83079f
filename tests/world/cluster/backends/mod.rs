//! What the pods of a namespace answer: an HTTP service at the address of each pod whose containers run, from the moment
//! that the API server says so.
//!
//! A pod answers with its label `version` and its name, fares as its workload does, and counts as Istio's sidecar would:
//! `istio_requests_total` and `istio_request_duration_milliseconds`, at `/stats/prometheus`. A workload is the Deployment
//! that a pod belongs to.
//!
//! A pod that is deleted goes on answering for [`LINGER`], as one does that is told before it has to end: the proxies have
//! yet to hear of it. One that crashes does not.
//!
//! All of it works on a thread of its own: what the test's thread waits for delays no answer.

mod identity;
mod pod;
mod series;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serin::demo::service::Behaviour;
use serin::spec::Timestamp;
use tokio::task::JoinHandle;

use self::identity::Identity;
use self::pod::Pod;
pub(crate) use self::series::EDGES_MS;
use super::Cluster;
use super::worker::Worker;
use crate::world::patience::until;
use crate::world::pod::HEALTHY;
use crate::world::prometheus::Prometheus;
use crate::world::server::Targets;

/// How long a pod goes on. The mesh hears of its end within milliseconds, but within a second or two where Kubernetes
/// writes endpoints down anew; a real pod has 30.
pub(crate) const LINGER: Duration = Duration::from_secs(3);

/// The services. Dropping it is the death of all of them.
pub(crate) struct Backends {
    state: Arc<Mutex<State>>,
    watch: JoinHandle<()>,
    _worker: Worker,
}

/// What a workload's pods have answered, those that are gone included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    /// Those that were answered with 500.
    pub(crate) errors: u64,
    /// When the last answer left.
    pub(crate) last_answer: Option<Timestamp>,
}

#[derive(Default)]
struct State {
    /// By name.
    pods: BTreeMap<String, Pod>,
    /// By workload; the others are healthy.
    behaviours: BTreeMap<String, Behaviour>,
    served: BTreeMap<String, Served>,
    /// Who scrapes them.
    scraper: Option<Targets>,
}

impl Backends {
    /// For the pods of this namespace, which need not be there yet.
    pub(crate) fn of(cluster: &Cluster, namespace: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let worker = Worker::start();
        let watch = worker.spawn(watch::follow(
            cluster.watching_client(),
            namespace.to_owned(),
            Arc::clone(&state),
        ));
        Self {
            state,
            watch,
            _worker: worker,
        }
    }

    /// From the next request on a workload's pods fare like this, those that come later included.
    pub(crate) fn behave(&self, workload: &str, behaviour: Behaviour) {
        let mut state = self.state();
        state.behaviours.insert(workload.to_owned(), behaviour);
        for pod in state.pods.values() {
            if pod.identity.workload == workload {
                pod.behave(behaviour);
            }
        }
    }

    /// What a workload's pods have answered.
    pub(crate) fn served(&self, workload: &str) -> Served {
        self.state().served.get(workload).copied().unwrap_or_default()
    }

    /// When one of a workload's pods gave its last answer.
    pub(crate) fn last_answer(&self, workload: &str) -> Option<Timestamp> {
        self.served(workload).last_answer
    }

    /// Waits until so many of a workload's pods answer and are Ready, no more and no fewer.
    pub(crate) async fn until_answering(&self, workload: &str, pods: usize) {
        until(&format!("{pods} pods of {workload} that answer"), async || {
            assert!(!self.watch.is_finished(), "the watch of the pods has ended");
            (self.state().ready(workload) == pods).then_some(())
        })
        .await;
    }

    /// From now on this server, which works in the cluster, scrapes them all, each with the labels `namespace` and `pod`.
    pub(crate) fn scraped_by(&self, prometheus: &Prometheus) {
        let mut state = self.state();
        state.scraper = Some(prometheus.targets());
        state.tell_scraper();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn ready(&self, workload: &str) -> usize {
        let pods = self.pods.values();
        pods.filter(|pod| pod.ready && pod.identity.workload == workload)
            .count()
    }

    fn identity_of(&self, pod: &str) -> Option<Identity> {
        Some(self.pods.get(pod)?.identity.clone())
    }

    fn is_ready(&mut self, pod: &str, ready: bool) {
        if let Some(pod) = self.pods.get_mut(pod) {
            pod.ready = ready;
        }
    }

    /// What the pod is like when it comes.
    fn behaviour(&self, identity: &Identity) -> Behaviour {
        self.behaviours
            .get(&identity.workload)
            .copied()
            .unwrap_or(HEALTHY)
    }

    fn tell_scraper(&self) {
        if let Some(scraper) = &self.scraper {
            scraper.are(self.pods.values().map(|pod| pod.identity.target()));
        }
    }
}
