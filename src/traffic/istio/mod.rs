//! Traffic in a cluster: an Istio VirtualService that Envoys follow.
//!
//! Promises: every read is a fresh one; those of polls are made together. A write is one JSON patch that holds only while the object is the one that was seen: two
//! weights and Serin's own annotations, every other field left as whoever wrote it left it; what it led to is read back. A write
//! without an answer is [`TrafficError::Unknown`], never sent again from here.
//!
//! What changes in the object is decided by [`virtual_service`](super::virtual_service).

mod patch;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::virtual_service::{ManagedRoute, RouteSelector, WriteRefusal, find};
use crate::driver::ports::{Traffic, TrafficError};
use crate::engine::{TrafficState, TrafficWrite};
use crate::kubernetes::{Cluster, Failure, Kind, Objects, Together};
use crate::spec::{self, CheckedCanary, WeightedRoute};

/// Reads and writes VirtualServices of a cluster.
#[derive(Debug, Clone)]
pub struct VirtualServices {
    objects: Objects,
    looked_at: Together,
}

impl VirtualServices {
    /// The VirtualServices of `cluster`.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        let objects = cluster.objects(Kind::VIRTUAL_SERVICE);
        Self {
            looked_at: Together::new(objects.clone()),
            objects,
        }
    }

    /// The object as it is now, its route and its version.
    async fn fresh(&self, wanted: &WeightedRoute) -> Result<Found, TrafficError> {
        let found = self.objects.get(&wanted.namespace, &wanted.virtual_service).await;
        Found::of(wanted, &found.map_err(|failure| not_read(wanted, failure))?)
    }
}

/// A VirtualService at one moment.
struct Found {
    route: ManagedRoute,
    version: String,
}

impl Found {
    fn of(wanted: &WeightedRoute, object: &Value) -> Result<Self, TrafficError> {
        let route = find(object, &RouteSelector::from(wanted));
        let route = route.map_err(|refusal| refused(wanted, refusal))?;
        let version = object["metadata"]["resourceVersion"].as_str();
        let version =
            version.ok_or_else(|| refused(wanted, "expected a `metadata.resourceVersion`, found none"))?;
        Ok(Self {
            version: version.to_owned(),
            route,
        })
    }

    fn state(self) -> TrafficState {
        self.route.state(self.version)
    }
}

#[async_trait]
impl Traffic for VirtualServices {
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        self.fresh(wanted(canary)?).await.map(Found::state)
    }

    async fn observe(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let wanted = wanted(canary)?;
        let route = wanted.clone();
        let state = move |object: Arc<Value>| Found::of(&route, &object).map(Found::state);
        let seen = self
            .looked_at
            .get(&wanted.namespace, &wanted.virtual_service, state);
        seen.await.map_err(|failure| not_read(wanted, failure))?
    }

    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let wanted = wanted(canary)?;
        let Found { route, version } = self.fresh(wanted).await?;
        if version != seen.version {
            return Err(conflict(wanted));
        }
        let edits = route.edits(write).map_err(|refusal| match refusal {
            WriteRefusal::StaleEpoch { .. } => conflict(wanted),
            WriteRefusal::Refused(reason) => refused(wanted, reason),
        })?;
        let operations = patch::operations(&version, &edits);
        let patched = self
            .objects
            .patch(&wanted.namespace, &wanted.virtual_service, &operations);
        patched.await.map_err(|failure| not_written(wanted, failure))?;
        // What is there now counts, not what the answer said: somebody else may have written since.
        let after = self.fresh(wanted).await.map_err(|error| TrafficError::Unknown {
            object: wanted.to_string(),
            reason: format!("written, and not read back: {error}"),
        })?;
        Ok(after.state())
    }
}

fn wanted(canary: &CheckedCanary) -> Result<&WeightedRoute, TrafficError> {
    match &canary.traffic {
        spec::Traffic::Istio(route) => Ok(route),
        spec::Traffic::File(file) => Err(refused(
            &file.route,
            "expected an object in a cluster, found a manifest in a file",
        )),
    }
}

fn not_read(wanted: &WeightedRoute, failure: Failure) -> TrafficError {
    match failure {
        Failure::NotFound(_) => refused(
            wanted,
            "expected it in the cluster, found none; hint: `kubectl get virtualservice -A`, and are Istio's CRDs installed?",
        ),
        Failure::Refused(reason) | Failure::Denied(reason) | Failure::Conflict(reason) => {
            refused(wanted, reason)
        }
        Failure::Unreachable(reason) | Failure::Unknown(reason) => TrafficError::Unreachable {
            object: wanted.to_string(),
            reason,
        },
    }
}

fn not_written(wanted: &WeightedRoute, failure: Failure) -> TrafficError {
    match failure {
        Failure::Unknown(reason) => TrafficError::Unknown {
            object: wanted.to_string(),
            reason,
        },
        Failure::Conflict(_) => conflict(wanted),
        other => not_read(wanted, other),
    }
}

fn conflict(wanted: &WeightedRoute) -> TrafficError {
    TrafficError::Conflict {
        object: wanted.to_string(),
    }
}

fn refused(wanted: &WeightedRoute, reason: impl ToString) -> TrafficError {
    TrafficError::Refused {
        object: wanted.to_string(),
        reason: reason.to_string(),
    }
}
