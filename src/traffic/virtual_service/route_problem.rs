//! What is wrong with the one route that was meant.

/// What is wrong with one route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteProblem {
    /// It sends its requests elsewhere: the field that says so.
    #[error(
        "expected a route that forwards to destinations, found `{0}`; hint: choose another route with `route`"
    )]
    NotForwarding(&'static str),
    /// It has no destinations at all.
    #[error(
        "route: expected a list of two destinations, found none; hint: choose another route with `route`"
    )]
    NoRouteList,
    /// One arm has no destination.
    #[error("route: expected a {0} destination, found none; hint: check its host and subset")]
    Missing(&'static str),
    /// One arm has two destinations.
    #[error(
        "route: expected one {arm} destination, found route[{first}] and route[{second}]; \
         hint: name host and subset so that one of them matches"
    )]
    Ambiguous {
        /// Which arm.
        arm: &'static str,
        /// Index of one.
        first: usize,
        /// Index of another.
        second: usize,
    },
    /// One destination is both arms'.
    #[error(
        "route[{0}]: expected a destination of one arm, found one that matches stable and canary; \
         hint: name a different host or subset for each"
    )]
    BothArms(usize),
    /// There is a destination beside the two.
    #[error(
        "route: expected only the stable and the canary destination, found a third, {0}; \
         hint: Serin would have to guess its share; move it to a route of its own"
    )]
    Third(String),
    /// No host was wanted, and the two destinations have different ones.
    #[error(
        "route: expected stable and canary on one host, found {stable} and {canary}; \
         hint: name the host of both destinations"
    )]
    HostsDiffer {
        /// Stable's destination.
        stable: String,
        /// The canary's.
        canary: String,
    },
    /// A weight that is no percentage.
    #[error(
        "route[{index}].weight: expected an integer from 0 to 100, found {found}; hint: weights are percentages"
    )]
    Weight {
        /// Index of the destination.
        index: usize,
        /// What is there.
        found: String,
    },
    /// The two weights do not make a whole.
    #[error(
        "route: expected weights that sum to 100, found stable {stable} and canary {canary}; \
         hint: a destination without a weight counts as 0; write both"
    )]
    Sum {
        /// Stable's weight.
        stable: u8,
        /// The canary's.
        canary: u8,
    },
    /// The route copies its requests to the canary.
    #[error(
        "mirror: expected no mirror to the canary on the managed route, found one; \
         hint: remove it, the canary would get requests that no weight accounts for"
    )]
    MirrorsCanary,
}

impl RouteProblem {
    /// Whether the route is about both arms, so that it may well be the wanted one.
    pub(super) const fn is_near_miss(&self) -> bool {
        matches!(
            self,
            Self::Ambiguous { .. } | Self::BothArms(_) | Self::Third(_) | Self::HostsDiffer { .. }
        )
    }
}
