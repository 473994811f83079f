//! Where the rollouts run: here, or in another replica, which is then the one to command. What can be read is read from the store
//! that both share.

use std::sync::Arc;

use super::Shared;
use super::commands::REVISION_DEFAULT;
use super::error::ApiError;
use super::hub::Hub;
use crate::driver::{Driver, Leadership, RolloutFilter, Stored, promoted_last};
use crate::engine::Status;

/// Where the rollouts run.
#[derive(Clone)]
pub(super) enum Rollouts {
    /// In this replica.
    Here { driver: Arc<Driver>, hub: Arc<Hub> },
    /// In the one that leads.
    Elsewhere(Arc<dyn Leadership>),
}

impl Shared {
    /// What runs the rollouts.
    pub(super) fn driver(&self) -> Result<&Arc<Driver>, ApiError> {
        match &self.rollouts {
            Rollouts::Here { driver, .. } => Ok(driver),
            Rollouts::Elsewhere(leadership) => Err(follows(&**leadership)),
        }
    }

    /// What tells of rollouts as things happen.
    pub(super) fn hub(&self) -> Result<&Arc<Hub>, ApiError> {
        match &self.rollouts {
            Rollouts::Here { hub, .. } => Ok(hub),
            Rollouts::Elsewhere(leadership) => Err(follows(&**leadership)),
        }
    }

    /// Where every rollout stands: those that this replica holds, or those that have not ended.
    pub(super) async fn statuses(&self) -> Result<Vec<Status>, ApiError> {
        match &self.rollouts {
            Rollouts::Here { driver, .. } => Ok(driver.statuses()),
            Rollouts::Elsewhere(_) => Ok(self.history.unfinished().await?.iter().map(status).collect()),
        }
    }

    /// Where the newest rollout of a Canary stands.
    pub(super) async fn status_of(&self, namespace: &str, name: &str) -> Result<Option<Status>, ApiError> {
        if let Rollouts::Here { driver, .. } = &self.rollouts {
            return Ok(driver.status_of(namespace, name));
        }
        self.stored_newest_of(namespace, name).await
    }

    /// As [`status_of`](Self::status_of), also where the driver does not hold that rollout any more.
    pub(super) async fn newest_of(&self, namespace: &str, name: &str) -> Result<Option<Status>, ApiError> {
        if let Some(status) = self.status_of(namespace, name).await? {
            return Ok(Some(status));
        }
        self.stored_newest_of(namespace, name).await
    }

    async fn stored_newest_of(&self, namespace: &str, name: &str) -> Result<Option<Status>, ApiError> {
        let filter = RolloutFilter {
            namespace: Some(namespace.to_owned()),
            name: Some(name.to_owned()),
            ..RolloutFilter::default()
        };
        let newest = self.history.rollouts(&filter, None, 1).await?;
        match newest.items.first() {
            Some(row) => self.status(&row.id).await,
            None => Ok(None),
        }
    }

    /// The revision that stable runs, as far as the rollouts of before say so. One that nobody named is none.
    pub(super) async fn stable_of(&self, namespace: &str, name: &str) -> Option<String> {
        let revision = promoted_last(&*self.history, namespace, name).await?;
        (revision != REVISION_DEFAULT).then_some(revision)
    }

    /// Where the rollout of this id stands, or how it ended.
    pub(super) async fn status(&self, id: &str) -> Result<Option<Status>, ApiError> {
        if let Rollouts::Here { driver, .. } = &self.rollouts
            && let Some(status) = driver.status(id)
        {
            return Ok(Some(status));
        }
        let stored = self.history.rollout(id).await?;
        Ok(stored.as_ref().map(status))
    }
}

fn status(stored: &Stored) -> Status {
    stored.rollout.status(stored.at)
}

fn follows(leadership: &dyn Leadership) -> ApiError {
    let leader = leadership.leader();
    ApiError::Follows {
        lease: leader.lease,
        // The Lease is there already, and its commands are not.
        leader: leader.name.filter(|_| !leader.is_here),
    }
}
