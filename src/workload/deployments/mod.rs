//! Workloads in a cluster: a pair of Deployments.
//!
//! Promises: what is seen is read afresh, and speaks of the canary's newest pod template alone. Stable takes the canary's template in
//! one patch that holds only for the object that was read, with the template before it kept in the object; a stable that does not
//! become ready with it is put back. Everything may be done again after a crash at any point, and says the same.
//!
//! It leaves to others when any of it is done.
//!
//! - `seen` — what the engine is told of both arms.
//! - `copying`, `putting_back`, `waiting` — the changes of stable, and how they are followed; `scaling` — those of the canary.
//! - Pure: `denials` says when a server that denies is believed; `deployment`, `selector`, `rolling`, `pods` (`trouble`, `container`) read objects; `template` says what a copy
//!   is; `marks` and `previous` are what is noted on stable, `patch` how it is written.

mod container;
mod copying;
mod denials;
mod deployment;
mod marks;
mod pace;
mod patch;
mod pods;
mod previous;
mod putting_back;
mod reading;
mod rolling;
mod scaling;
mod seen;
mod selector;
mod template;
mod trouble;
mod waiting;

use async_trait::async_trait;

use self::copying::{Refused, Source};
use self::deployment::Place;
pub use self::marks::RollbackAsked;
pub use self::pace::Pace;
pub use self::previous::KEPT_MAX;
use crate::driver::ports::{NotPromoted, WorkloadError, Workloads};
use crate::engine::WorkloadState;
use crate::kubernetes::{Cluster, Kind, Objects, Together};
use crate::spec::{CheckedCanary, Scaling, Workload};

/// Sees and changes Deployments.
#[derive(Debug, Clone)]
pub struct Deployments {
    deployments: Objects,
    /// The same, as polls see them.
    looked_at: Together,
    replica_sets: Objects,
    pods: Objects,
    autoscalers: Objects,
    pace: Pace,
}

impl Deployments {
    /// The Deployments of `cluster`.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self {
            deployments: cluster.objects(Kind::DEPLOYMENT),
            looked_at: Together::new(cluster.objects(Kind::DEPLOYMENT)),
            replica_sets: cluster.objects(Kind::REPLICA_SET),
            pods: cluster.objects(Kind::POD),
            autoscalers: cluster.objects(Kind::AUTOSCALER),
            pace: Pace::default(),
        }
    }

    /// The same, waiting at another pace.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Gives stable the pod template back that is `asked` for ([`KEPT_MAX`] are kept), by the same path as a promotion: what it has now
    /// is remembered, and put back where it does not become ready with the other. Who asked and why is noted on it. Returns the images of the template that stable is ready with.
    ///
    /// # Errors
    /// Why not, and what was done about it.
    pub async fn roll_back(
        &self,
        canary: &CheckedCanary,
        asked: &RollbackAsked,
    ) -> Result<Vec<String>, WorkloadError> {
        let arms = Arms::of(canary)?;
        let taken = self.take(arms.stable, Source::Previous(asked), &asked.id).await;
        let template = taken.map_err(|refused| error(arms.stable, refused.to_string()))?;
        Ok(template::images(&template))
    }
}

#[async_trait]
impl Workloads for Deployments {
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        let arms = Arms::of(canary)?;
        self.see(arms.stable, arms.canary, canary.scaling).await
    }

    async fn promote(
        &self,
        canary: &CheckedCanary,
        rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted> {
        let arms = Arms::of(canary).map_err(NotPromoted::PutBack)?;
        let judged = Source::Canary {
            place: arms.canary,
            judged,
        };
        let taken = self.take(arms.stable, judged, rollout).await;
        taken.map(drop).map_err(|refused| match refused {
            Refused::OtherRevision { judged, found } => NotPromoted::OtherRevision { judged, found },
            Refused::PutBack(reason) => NotPromoted::PutBack(error(arms.stable, reason)),
            Refused::NotPutBack(reason) => NotPromoted::NotPutBack(error(arms.stable, reason)),
        })
    }

    async fn restore(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        let arms = Arms::of(canary)?;
        let back = self.put_back_and_wait(arms.stable, rollout).await;
        let back = back.map_err(|not_back| WorkloadError {
            is_lasting: not_back.is_lasting,
            ..error(arms.stable, not_back.words)
        })?;
        tracing::info!(rollout.id = rollout, "{}: {back}", arms.stable);
        Ok(())
    }

    async fn scale(&self, canary: &CheckedCanary, rollout: &str, replicas: u32) -> Result<(), WorkloadError> {
        let arms = Arms::of(canary)?;
        let scaled = self.scale_up(arms.canary, rollout, replicas).await;
        scaled.map_err(|reason| error(arms.canary, reason))
    }

    async fn scale_down(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        let arms = Arms::of(canary)?;
        if canary.scaling == Scaling::None {
            return Ok(());
        }
        let scaled = self.scale_to_none(arms.canary, rollout).await;
        scaled.map_err(|reason| error(arms.canary, reason))
    }
}

/// Where both Deployments are.
#[derive(Clone, Copy)]
struct Arms<'a> {
    stable: Place<'a>,
    canary: Place<'a>,
}

impl<'a> Arms<'a> {
    fn of(canary: &'a CheckedCanary) -> Result<Self, WorkloadError> {
        let (Workload::Deployment(stable), Workload::Deployment(under_test)) =
            (&canary.workloads.stable, &canary.workloads.canary)
        else {
            return Err(WorkloadError {
                workload: format!("{}/{}", canary.namespace, canary.name),
                reason: "expected Deployments, found endpoints".to_owned(),
                is_lasting: true,
            });
        };
        let at = |name: &'a str| Place {
            namespace: &canary.namespace,
            name,
        };
        Ok(Self {
            stable: at(&stable.name),
            canary: at(&under_test.name),
        })
    }
}

fn error(place: Place<'_>, reason: String) -> WorkloadError {
    WorkloadError {
        workload: place.to_string(),
        reason,
        is_lasting: false,
    }
}
