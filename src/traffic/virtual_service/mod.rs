//! One route of an Istio VirtualService: found, judged and changed.
//!
//! [`find`] says which route and which two destinations are ours, what they weigh now and what marks the object
//! carries, or why Serin must not touch it. [`ManagedRoute::edits`] says what one write changes: the two weights and
//! Serin's own annotations, never anything else. Both are pure and take the object as parsed, so that every way to
//! reach it shares one rule. Fetching it, guarding its version and making the edits durable are left to others.
//!
//! Only the managed route is judged. What else the object holds may be as odd as it likes: it is left whole, and it
//! does not stand in the way of an abort.

mod destination;
mod edit;
mod marks;
mod other_routes;
mod pair;
mod refusal;
mod route;
mod route_problem;

use serde_json::Value;

use crate::engine::{TrafficState, TrafficWrite};
use crate::spec::{RouteDestination, WeightedRoute};

pub use destination::full_name;
pub(in crate::traffic) use edit::unescape;
pub use edit::{Edit, NoSuchPlace, apply};
pub use marks::{ABORTED, EPOCH, Marks, ROLLOUT};
pub use pair::WeightedDestination;
pub use refusal::{Refusal, WriteRefusal};
pub use route_problem::RouteProblem;

/// Which route of a VirtualService is meant, as the user named it.
///
/// A destination matches where the host is the same full name and the subset is the same. A wanted subset of `None`
/// matches a destination without one. A wanted host of `None` means *the host of the other destination*: it matches any
/// host, and then the route's two destinations must share one. So `{subset: stable}` and `{subset: canary}` name the two
/// subsets of one service.
///
/// Full names: `reviews` is `reviews.<namespace>.svc.cluster.local`, and so are `reviews.<namespace>` and
/// `reviews.<namespace>.svc`; any other name stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct RouteSelector<'a> {
    /// Namespace of the VirtualService, in which its short hosts live.
    pub namespace: &'a str,
    /// `http[].name`; `None` means the only route that has exactly the two destinations.
    pub route: Option<&'a str>,
    /// The destination that serves the stable version.
    pub stable: &'a RouteDestination,
    /// The destination that serves the canary.
    pub canary: &'a RouteDestination,
}

impl<'a> From<&'a WeightedRoute> for RouteSelector<'a> {
    fn from(route: &'a WeightedRoute) -> Self {
        Self {
            namespace: &route.namespace,
            route: route.route.as_deref(),
            stable: &route.stable,
            canary: &route.canary,
        }
    }
}

/// The managed route of one object, as it was found. Its weights are in 0..=100 and sum to 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedRoute {
    /// Index in `spec.http`.
    pub route: usize,
    /// The stable destination.
    pub stable: WeightedDestination,
    /// The canary destination.
    pub canary: WeightedDestination,
    /// Serin's annotations.
    pub marks: Marks,
    /// Whether another route (http, tls or tcp; by destination or by mirror) also reaches the canary.
    pub other_routes_reach_canary: bool,
}

/// Finds the managed route of `object`, a VirtualService of the wanted name (which the caller has made sure of).
///
/// # Errors
///
/// Says why Serin must not change this object; see [`Refusal`].
pub fn find(object: &Value, wanted: &RouteSelector<'_>) -> Result<ManagedRoute, Refusal> {
    let marks = Marks::read(object)?;
    let found = route::select(object, wanted)?;
    Ok(ManagedRoute {
        route: found.route,
        stable: found.stable,
        canary: found.canary,
        marks,
        other_routes_reach_canary: other_routes::reach(
            object,
            found.route,
            &found.canary_destination,
            wanted.namespace,
        ),
    })
}

impl ManagedRoute {
    /// What the engine is told; `version` is what a later write must still find.
    #[must_use]
    pub fn state(&self, version: String) -> TrafficState {
        TrafficState {
            canary_weight: self.canary.weight.unwrap_or(0),
            epoch: self.marks.epoch,
            rollout: self.marks.rollout.clone(),
            aborted: self.marks.aborted.clone(),
            other_routes_reach_canary: self.other_routes_reach_canary,
            version,
        }
    }

    /// What `write` changes in the object that this route was found in, in an order in which the edits can be made.
    ///
    /// A place that already holds the wanted value is not touched, except that the epoch always moves.
    ///
    /// # Errors
    ///
    /// The epoch is not above the object's; or the write is one that nobody may make: a weight above 100, an abort
    /// that leaves the canary traffic, or a write that clears its own rollout's abort mark.
    pub fn edits(&self, write: &TrafficWrite) -> Result<Vec<Edit>, WriteRefusal> {
        self.check(write)?;
        let mut edits = Vec::new();
        let stable_weight = 100 - write.canary_weight;
        for (destination, weight) in [(&self.stable, stable_weight), (&self.canary, write.canary_weight)] {
            if destination.weight != Some(weight) {
                edits.push(Edit::Set {
                    pointer: format!("/spec/http/{}/route/{}/weight", self.route, destination.index),
                    value: weight.into(),
                });
            }
        }
        edits.extend(self.marks.edits(write));
        Ok(edits)
    }

    fn check(&self, write: &TrafficWrite) -> Result<(), WriteRefusal> {
        if write.epoch <= self.marks.epoch {
            return Err(WriteRefusal::StaleEpoch {
                written: write.epoch,
                found: self.marks.epoch,
            });
        }
        if write.canary_weight > 100 {
            return Err(Refusal::WeightAbove100(write.canary_weight).into());
        }
        if write.aborted && write.canary_weight > 0 {
            return Err(Refusal::AbortWithTraffic(write.canary_weight).into());
        }
        // Stricter than "counts while it equals the rollout": a mark of ours without its `serin.dev/rollout` is
        // half an abort, and half an abort is not cleared either.
        if !write.aborted && self.marks.aborted.as_ref() == Some(&write.rollout) {
            return Err(Refusal::ClearsOwnAbort(write.rollout.clone()).into());
        }
        Ok(())
    }
}
