//! One Canary of a cluster, `shop/checkout`, and a daemon that can be killed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use serin::app;
use serin::canaries::cluster::{self, ClusterCanaries, Resources};
use serin::canaries::{Followed, Snapshot};
use serin::controller::{self, Parts};
use serin::driver::ports::{Clock, NoHooks, Ports};
use serin::driver::{Driver, Entry, RolloutFilter, RolloutRow};
use serin::engine::{Action, Command, Event, Phase, Status, Trail};
use serin::spec::{Known, Mode};
use serin::store::{Database, Limits, Location, Store};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::world::api_server::ApiServer;
use crate::world::gated_journal::GatedJournal;
use crate::world::patience::{PATIENCE, until};
use crate::world::people::People;
use crate::world::route::FakeRoute;
use crate::world::services::FakeServices;
use crate::world::skipping::SkippingClock;
use crate::world::workloads::FakeWorkloads;

/// One interval of the Canary's looks.
const LOOK: Duration = Duration::from_secs(10);

/// Everything around one daemon.
pub(super) struct World {
    pub(super) server: ApiServer,
    pub(super) clock: SkippingClock,
    pub(super) route: FakeRoute,
    pub(super) journal: GatedJournal,
    services: FakeServices,
    pub(super) workloads: FakeWorkloads,
    store: Arc<Store>,
    daemon: Option<Daemon>,
    follower: Option<ClusterCanaries>,
    _folder: TempDir,
}

/// What ends with a process.
struct Daemon {
    driver: Arc<Driver>,
    followed: Followed,
    resources: watch::Receiver<Arc<Resources>>,
    stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl World {
    /// A cluster with the Canary and both Deployments, seen by a daemon and not changed since.
    pub(super) async fn seen() -> Self {
        let world = Self::unseen().await.with_daemon().await;
        world.observed("v1").await;
        world
    }

    /// As [`seen`](Self::seen), with a Canary that only observes.
    pub(super) async fn observing() -> Self {
        let world = Self::seen().await;
        world.edit(|canary| canary["spec"]["mode"] = json!("observe"));
        world
            .when_followed("edited", |now| {
                let canary = now.canary("shop", "checkout");
                canary.is_some_and(|canary| canary.mode == Mode::Observe)
            })
            .await;
        world
    }

    /// As [`seen`](Self::seen), without a daemon.
    pub(super) async fn unseen() -> Self {
        let world = Self::empty().await;
        for name in ["checkout-stable", "checkout-canary"] {
            world.server.put(deployment(name, "v1"));
        }
        world.server.put(canary(json!({})));
        world
    }

    /// A cluster with nothing of Serin in it.
    pub(super) async fn empty() -> Self {
        let clock = SkippingClock::start();
        let route = FakeRoute::new(Arc::new(clock.clone()));
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("serin.db"));
        let database = Database::open(&location, Limits::default()).await.unwrap();
        database.migrate().await.unwrap();
        let store = Arc::new(database.lead("serin-0").await.unwrap());
        Self {
            server: ApiServer::start().await,
            services: FakeServices::new(Arc::new(clock.clone()), route.clone()),
            journal: GatedJournal::new(Arc::clone(&store)),
            clock,
            route,
            workloads: FakeWorkloads::default(),
            store,
            daemon: None,
            follower: None,
            _folder: folder,
        }
    }

    /// With a daemon, which goes on with what the journal says.
    pub(super) async fn with_daemon(mut self) -> Self {
        self.start_daemon().await;
        self
    }

    /// Kills the daemon where it stands, and starts another.
    pub(super) async fn restart(&mut self) {
        self.kill();
        self.start_daemon().await;
    }

    /// Kills the daemon where it stands.
    pub(super) fn kill(&mut self) {
        let daemon = self.daemon.take().unwrap();
        for task in &daemon.tasks {
            task.abort();
        }
        // What was not journalled by now never is.
        self.journal.close();
        self.journal = GatedJournal::new(Arc::clone(&self.store));
    }

    pub(super) async fn start_daemon(&mut self) {
        let cluster = self.server.cluster();
        let canaries = self.follower.take().unwrap_or_else(|| follow(&self.server));
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let driver = Arc::new(Driver::new(Ports {
            metric_source: Arc::new(self.services.clone()),
            traffic: Arc::new(self.route.clone()),
            workloads: Arc::new(self.workloads.clone()),
            hooks: Arc::new(NoHooks),
            journal: Arc::new(self.journal.clone()),
            notifier: Arc::new(People::default()),
            clock: Arc::clone(&clock),
        }));
        driver.recover().await.unwrap();
        let stop = CancellationToken::new();
        let parts = Parts {
            cluster,
            namespace: None,
            resources: canaries.resources.clone(),
            driver: Arc::clone(&driver),
            history: Arc::new(self.store.database().clone()),
            clock,
            replica: "serin-0".to_owned(),
        };
        let follow = app::follow(canaries.followed.subscribe(), Arc::clone(&driver), stop.clone());
        let tasks = vec![
            tokio::spawn(follow),
            tokio::spawn(controller::run(parts, stop.clone())),
        ];
        self.daemon = Some(Daemon {
            driver,
            followed: canaries.followed,
            resources: canaries.resources,
            stop,
            tasks,
        });
    }

    /// Lets the next daemon know the Canaries from now on, as a replica does that does not lead yet.
    pub(super) async fn with_follower(mut self) -> Self {
        let mut follower = follow(&self.server);
        let listed = follower.resources.wait_for(|resources| resources.is_listed);
        drop(tokio::time::timeout(PATIENCE, listed).await.unwrap().unwrap());
        self.follower = Some(follower);
        self
    }

    /// Waits until the daemon has seen every change of a Deployment until now: changes of one kind come in order, and another
    /// Canary's starts a rollout after them.
    pub(super) async fn deployments_seen(&self) {
        let mut till = canary(json!({"mode": "observe"}));
        till["metadata"]["name"] = json!("till");
        till["spec"]["workloads"]["canary"]["name"] = json!("till-canary");
        self.server.put(deployment("till-canary", "v1"));
        self.server.put(till);
        until("seen", async || {
            self.clock.skip(LOOK / 4);
            let till = self.server.object("canaries", "shop", "till");
            till["status"]["observed"].is_object().then_some(())
        })
        .await;
        self.server.put(deployment("till-canary", "v2"));
        until("started", async || self.daemon().driver.status_of("shop", "till")).await;
    }

    /// Writes another pod template.
    pub(super) fn roll_out(&self, version: &str) {
        self.server
            .edit("deployments", "shop", "checkout-canary", |deployment| {
                deployment["spec"]["template"]["spec"]["containers"][0]["image"] = json!(version);
            });
    }

    /// Changes the Canary.
    pub(super) fn edit(&self, change: impl FnOnce(&mut Value)) {
        self.server.edit("canaries", "shop", "checkout", change);
    }

    /// Changes the annotation that starts a rollout.
    pub(super) fn annotate(&self, value: &str) {
        self.edit(|canary| canary["metadata"]["annotations"] = json!({ "serin.dev/start": value }));
    }

    /// The Canary as it is in the cluster.
    pub(super) fn canary(&self) -> Value {
        self.server.object("canaries", "shop", "checkout")
    }

    /// Waits until the Canary in the cluster is like that; gives it.
    pub(super) async fn when(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(what, async || {
            let canary = self.server.find("canaries", "shop", "checkout")?;
            is_so(&canary).then_some(canary)
        })
        .await
    }

    /// Waits until what this version's template is has been dealt with, by the Canary's status.
    pub(super) async fn observed(&self, version: &str) {
        let what = format!("observed {version}");
        self.when(&what, |canary| {
            canary["status"]["observed"]["revision"] == revision(version)
        })
        .await;
    }

    /// What is written, as the daemon has it.
    pub(super) async fn when_followed(&self, what: &str, is_so: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut snapshots = self.daemon().followed.subscribe();
        let found = tokio::time::timeout(PATIENCE, snapshots.wait_for(|snapshot| is_so(snapshot)));
        let found = found.await.unwrap_or_else(|_| panic!("never {what}"));
        Arc::clone(&found.unwrap())
    }

    /// Waits until the daemon knows the object so.
    pub(super) async fn when_known(&self, what: &str, is_so: impl Fn(&Resources) -> bool) {
        let mut resources = self.daemon().resources.clone();
        let found = tokio::time::timeout(PATIENCE, resources.wait_for(|resources| is_so(resources)));
        found.await.unwrap_or_else(|_| panic!("never {what}")).unwrap();
    }

    /// Where the newest rollout stands.
    pub(super) fn status(&self) -> Option<Status> {
        self.daemon().driver.status_of("shop", "checkout")
    }

    /// Waits for a rollout of this version that is under way.
    pub(super) async fn rolling_out(&self, version: &str) -> Status {
        until("under way", async || {
            let revision = revision(version);
            self.status()
                .filter(|status| status.revision == revision && !status.phase.is_final())
        })
        .await
    }

    /// Waits until the journal has everything of the newest rollout.
    pub(super) async fn journalled(&self) {
        let id = self.status().unwrap().id;
        self.daemon().driver.journalled(&id).await.unwrap();
    }

    /// Lets looks pass until the rollout is like that.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Status) -> bool) -> Status {
        until(what, async || {
            let status = self.status()?;
            if is_so(&status) {
                return Some(status);
            }
            self.clock.skip(LOOK / 4);
            None
        })
        .await
    }

    /// Lets a part of a look's time pass.
    pub(super) fn skip(&self) {
        self.clock.skip(LOOK / 4);
    }

    /// Everything that the journal has of a rollout.
    pub(super) async fn entries(&self, rollout: &str) -> Vec<Entry> {
        const ALL: usize = 10_000;
        self.store
            .database()
            .entries(rollout, 0, ALL)
            .await
            .unwrap()
            .items
    }

    /// Gives a command to the rollout under way.
    pub(super) fn command(&self, action: Action) {
        let status = self.status().unwrap();
        let command = Command {
            action,
            by: "ada".to_owned(),
            reason: String::new(),
            trail: Trail::default(),
        };
        self.daemon()
            .driver
            .tell(&status.id, Event::Command(command))
            .unwrap();
    }

    /// Aborts the rollout under way, and waits for its end.
    pub(super) async fn abort(&self) {
        self.command(Action::Abort);
        self.until("aborted", |status| status.phase == Phase::Aborted)
            .await;
    }

    /// Every rollout that the journal knows, newest first.
    pub(super) async fn rollouts(&self) -> Vec<RolloutRow> {
        use serin::driver::History;
        let database: &dyn History = self.store.database();
        database
            .rollouts(&RolloutFilter::default(), None, 100)
            .await
            .unwrap()
            .items
    }

    /// Starts one by hand, once the one before is cleared up.
    pub(super) async fn start_by_hand(&self) {
        let snapshot = self.daemon().followed.now();
        let canary = snapshot.canary("shop", "checkout").unwrap();
        until("started", async || {
            let started = self.daemon().driver.start(canary.clone(), "by hand".into());
            started.ok()
        })
        .await;
    }

    /// Starts a judgement as a webhook does that names this revision, once the rollout before is cleared up.
    pub(super) async fn start_for_webhooks(&self, checksum: &str) -> String {
        let snapshot = self.daemon().followed.now();
        let canary = snapshot.canary("shop", "checkout").unwrap().for_gate();
        until("started", async || {
            let started = self
                .daemon()
                .driver
                .start(canary.clone(), checksum.to_owned().into());
            started.ok()
        })
        .await
    }

    /// Whoever moves the traffic is done with this judgement.
    pub(super) async fn conclude(&self, rollout: &str) {
        let concluded = Event::Concluded {
            promoted: false,
            detail: "webhooks name what is judged".to_owned(),
            by: "flagger".to_owned(),
            trail: Trail::default(),
        };
        self.daemon().driver.tell(rollout, concluded).unwrap();
        self.until("concluded", |status| status.phase == Phase::Aborted)
            .await;
    }

    /// Patches of the Canary's status since the requests were forgotten.
    pub(super) fn status_writes(&self) -> usize {
        let requests = self.server.requests();
        let is_write = |path: &str| path.contains("/canaries/checkout/status");
        requests.iter().filter(|asked| is_write(&asked.path)).count()
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("a daemon")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn follow(server: &ApiServer) -> ClusterCanaries {
    let known = Known {
        channels: BTreeSet::new(),
        data_sources: BTreeSet::from(["default".to_owned()]),
        ..Known::default()
    };
    cluster::follow(&server.cluster(), None, known)
}

/// A Canary `shop/checkout` with these fields of its spec beside what it needs.
pub(super) fn canary(fields: Value) -> Value {
    let mut canary = json!({
        "apiVersion": "serin.dev/v1alpha1",
        "kind": "Canary",
        "metadata": {"name": "checkout", "namespace": "shop"},
        "spec": {
            "workloads": {
                "stable": {"kind": "Deployment", "name": "checkout-stable"},
                "canary": {"kind": "Deployment", "name": "checkout-canary"},
            },
            "traffic": {"istio": {
                "virtualService": "checkout",
                "stable": {"host": "checkout", "subset": "stable"},
                "canary": {"host": "checkout", "subset": "canary"},
            }},
            "steps": [{"weight": 5}, {"weight": 50}],
            "analysis": {"metrics": [{"template": "istio-success-rate"}]},
        },
    });
    for (name, value) in fields.as_object().unwrap() {
        canary["spec"][name] = value.clone();
    }
    canary
}

/// A Deployment in `shop`.
pub(super) fn deployment(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": version}]},
            },
        },
    })
}

/// The revision that this version of the canary's template is: the same hash, taken here by other means.
pub(super) fn revision(version: &str) -> String {
    revision_of("checkout-canary", version)
}

/// The same for the template of the Deployment of this name.
pub(super) fn revision_of(name: &str, version: &str) -> String {
    use sha2::{Digest, Sha256};
    let template = format!(
        r#"{{"metadata":{{"labels":{{"app":"{name}"}}}},"spec":{{"containers":[{{"image":"{version}","name":"app"}}]}}}}"#
    );
    let digest = Sha256::digest(template);
    digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

/// A condition of a Canary.
pub(super) fn condition<'a>(canary: &'a Value, name: &str) -> &'a Value {
    let conditions = canary["status"]["conditions"].as_array();
    let found = conditions.and_then(|all| all.iter().find(|condition| condition["type"] == name));
    found.unwrap_or(&Value::Null)
}
