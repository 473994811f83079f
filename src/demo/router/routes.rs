//! The routes in force, and which destination a request takes.

use std::fmt;
use std::time::Duration;

use axum::http::request;

use super::matching::Condition;

/// Where a route sends requests: a host, and a subset of the pods behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The host, compared as it is written.
    pub host: String,
    /// The subset; `None` where the route names none.
    pub subset: Option<String>,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subset {
            Some(subset) => write!(f, "{}/{subset}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// All routes of a VirtualService, and the epoch under which they were written.
#[derive(Debug)]
pub struct RouteTable {
    epoch: u64,
    routes: Vec<Route>,
}

impl RouteTable {
    pub(super) const fn new(epoch: u64, routes: Vec<Route>) -> Self {
        Self { epoch, routes }
    }

    /// The annotation `serin.dev/epoch`; 0 where it is absent.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The first route that takes this request.
    pub(super) fn route_for(&self, request: &request::Parts) -> Option<&Route> {
        self.routes.iter().find(|route| route.takes(request))
    }
}

/// One route: which requests it takes, and where they go.
#[derive(Debug)]
pub(super) struct Route {
    /// Any of these is enough; none means every request.
    conditions: Vec<Condition>,
    /// Running sums of the weights, ascending, each with its destination; the last sum is the total.
    shares: Vec<(u32, Destination)>,
    timeout: Option<Duration>,
}

impl Route {
    /// `None` if there is nothing to choose from: no destination, or only weights of 0, or weights whose
    /// sum is no 32-bit number. As in Istio, a single destination has everything, whatever its weight.
    pub(super) fn new(
        conditions: Vec<Condition>,
        destinations: Vec<(u32, Destination)>,
        timeout: Option<Duration>,
    ) -> Option<Self> {
        let is_single = destinations.len() == 1;
        let mut total: u32 = 0;
        let mut shares = Vec::with_capacity(destinations.len());
        for (weight, destination) in destinations {
            total = total.checked_add(if is_single { 1 } else { weight })?;
            shares.push((total, destination));
        }
        (total > 0).then_some(Self {
            conditions,
            shares,
            timeout,
        })
    }

    fn takes(&self, request: &request::Parts) -> bool {
        self.conditions.is_empty() || self.conditions.iter().any(|condition| condition.holds(request))
    }

    /// How long a backend may take, if the route says.
    pub(super) const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Sum of the weights; at least 1.
    pub(super) fn total_weight(&self) -> u32 {
        self.last_share().0
    }

    /// The destination of a `roll` in 0..total weight, each hit by as many rolls as its weight.
    pub(super) fn destination_at(&self, roll: u32) -> &Destination {
        let hit = self.shares.iter().find(|(upper, _)| roll < *upper);
        &hit.unwrap_or_else(|| self.last_share()).1
    }

    fn last_share(&self) -> &(u32, Destination) {
        self.shares
            .last()
            .expect("a route has a destination: checked by Route::new")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_destination_is_hit_by_as_many_rolls_as_its_weight() {
        let route = Route::new(
            vec![],
            vec![(70, to("stable")), (0, to("idle")), (30, to("canary"))],
            None,
        )
        .unwrap();
        let hits = |subset| {
            (0..route.total_weight())
                .filter(|roll| *route.destination_at(*roll) == to(subset))
                .count()
        };
        assert_eq!((hits("stable"), hits("idle"), hits("canary")), (70, 0, 30));
    }

    #[test]
    fn a_single_destination_has_everything_whatever_its_weight() {
        let route = Route::new(vec![], vec![(0, to("canary"))], None).unwrap();
        assert_eq!(route.total_weight(), 1);
        assert_eq!(*route.destination_at(0), to("canary"));
    }

    #[test]
    fn a_route_without_anything_to_choose_is_none() {
        assert!(Route::new(vec![], vec![], None).is_none());
        assert!(Route::new(vec![], vec![(0, to("stable")), (0, to("canary"))], None).is_none());
        assert!(Route::new(vec![], vec![(u32::MAX, to("stable")), (1, to("canary"))], None).is_none());
    }

    fn to(subset: &str) -> Destination {
        Destination {
            host: "checkout".to_owned(),
            subset: Some(subset.to_owned()),
        }
    }
}
