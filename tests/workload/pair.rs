//! A stable and a canary Deployment on the fake API server, with controllers behind them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serin::driver::ports::{NotPromoted, WorkloadError, Workloads};
use serin::engine::WorkloadState;
use serin::spec::{self, CheckedCanary, Deployment, Workload};
use serin::workload::deployments::{Deployments, Pace};

use crate::world::api_server::ApiServer;
use crate::world::canary::canary;
use crate::world::controllers::{Controllers, deployment};
use crate::world::patience::until;

pub(super) const STABLE: &str = "shop-stable";
pub(super) const CANARY: &str = "shop-canary";

/// The rollout that the tests are about.
pub(super) const ROLLOUT: &str = "shop-1";

/// Fast, and with time enough for a machine that is busy.
pub(super) const PACE: Pace = Pace {
    poll: Duration::from_millis(5),
    failing_for: Duration::from_millis(20),
    ready_within: Duration::from_secs(60),
    written_within: Duration::from_secs(60),
    back_within: Duration::from_secs(60),
    scale_down_after: Duration::from_millis(20),
};

/// Three stable pods of `v1` and three canary pods of `v2`, all ready.
pub(super) struct Pair {
    pub(super) server: Arc<ApiServer>,
    pub(super) controllers: Controllers,
    pub(super) canary: CheckedCanary,
    pub(super) workloads: Deployments,
}

impl Pair {
    pub(super) async fn ready() -> Self {
        let server = Arc::new(ApiServer::start().await);
        server.put(deployment(STABLE, 3, "v1"));
        server.put(deployment(CANARY, 3, "v2"));
        let controllers = Controllers::start(&server);
        let workloads = Deployments::new(&server.cluster()).with_pace(PACE);
        let pair = Self {
            canary: pair_of("default"),
            server,
            controllers,
            workloads,
        };
        pair.until(STABLE, |status| status["readyReplicas"] == 3).await;
        pair.until(CANARY, |status| status["readyReplicas"] == 3).await;
        pair
    }

    /// From now on stable has half a second to become ready.
    pub(super) fn hurry(&mut self) {
        let ready_within = Duration::from_millis(500);
        self.workloads = self.workloads.clone().with_pace(Pace { ready_within, ..PACE });
    }

    /// From now on a server that denies everything is given time to learn its roles.
    pub(super) fn wait_for_roles(&mut self) {
        let failing_for = Duration::from_secs(60);
        self.workloads = self.workloads.clone().with_pace(Pace { failing_for, ..PACE });
    }

    /// A Deployment as it is now.
    pub(super) fn deployment(&self, name: &str) -> Value {
        self.server.object("deployments", "default", name)
    }

    /// The image of a Deployment's template.
    pub(super) fn image(&self, name: &str) -> String {
        let deployment = self.deployment(name);
        let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
        image.as_str().unwrap().to_owned()
    }

    /// Every image that the template of stable ever had, in order.
    pub(super) fn images_of_stable(&self) -> Vec<String> {
        let commits = self.server.history("deployments", "default", STABLE);
        let images = commits.iter().map(|commit| {
            let image = &commit.object["spec"]["template"]["spec"]["containers"][0]["image"];
            image.as_str().unwrap().to_owned()
        });
        let mut images: Vec<String> = images.collect();
        images.dedup();
        images
    }

    /// Somebody changes a Deployment.
    pub(super) fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
        self.server.edit("deployments", "default", name, change);
    }

    /// Somebody gives a Deployment another image.
    pub(super) fn set_image(&self, name: &str, image: &str) {
        let image = image.to_owned();
        self.edit(name, |deployment| {
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        });
    }

    /// Waits until the status of a Deployment is of its newest spec, and so.
    pub(super) async fn until(&self, name: &str, is_so: impl Fn(&Value) -> bool) {
        until(&format!("so: {name}"), async || {
            let deployment = self.deployment(name);
            let seen = deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"];
            (seen && is_so(&deployment["status"])).then_some(())
        })
        .await;
    }

    pub(super) async fn observe(&self) -> WorkloadState {
        self.workloads.observe(&self.canary).await.unwrap()
    }

    pub(super) async fn promote(&self) -> Result<(), NotPromoted> {
        self.promote_for(ROLLOUT).await
    }

    /// Promotes what the canary is now.
    pub(super) async fn promote_for(&self, rollout: &str) -> Result<(), NotPromoted> {
        let judged = self.observe().await.canary_revision;
        self.promote_judged(rollout, judged.as_deref()).await
    }

    pub(super) async fn promote_judged(
        &self,
        rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted> {
        self.workloads.promote(&self.canary, rollout, judged).await
    }

    pub(super) async fn restore(&self) -> Result<(), WorkloadError> {
        self.workloads.restore(&self.canary, ROLLOUT).await
    }
}

/// A Canary of both Deployments in `namespace`; the rest of it is of no account here.
fn pair_of(namespace: &str) -> CheckedCanary {
    let deployment = |name: &str| {
        Workload::Deployment(Deployment {
            name: name.to_owned(),
        })
    };
    CheckedCanary {
        namespace: namespace.to_owned(),
        workloads: spec::Workloads {
            stable: deployment(STABLE),
            canary: deployment(CANARY),
        },
        ..canary("")
    }
}
