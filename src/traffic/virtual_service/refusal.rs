//! Why Serin does not touch an object.
//!
//! Every message names the field, says what was expected and what was found, and ends in a hint. What is quoted from
//! the object is cut to a bounded length.

use serde_json::Value;

use super::marks::{EPOCH, ROLLOUT};
use super::route_problem::RouteProblem;
use crate::spec::RouteDestination;
use crate::traffic::cut;

/// Characters of a quoted value; enough for any sane one, and a log line stays a line.
pub(super) const QUOTED_CHARS: usize = 60;
/// Names or indices in one list; enough to recognise the object.
const LISTED: usize = 8;

/// Why a write is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteRefusal {
    /// Somebody wrote in between. Read again.
    #[error("{EPOCH}: epoch {written} is not above {found}, which the object already has")]
    StaleEpoch {
        /// The epoch of the write.
        written: u64,
        /// The object's.
        found: u64,
    },
    /// Nobody may make this write.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why Serin does not change an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is not what it has to be.
    #[error("{field}: expected {expected}, found {found}; hint: {hint}")]
    Field {
        /// Which.
        field: String,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: String,
        /// What to do.
        hint: &'static str,
    },
    /// Only tls or tcp routes, or none at all.
    #[error(
        "spec.http: expected a list of HTTP routes, found none; \
         hint: Serin moves HTTP routes, not tls or tcp ones"
    )]
    NoHttp,
    /// The named route is not there.
    #[error(
        "spec.http: expected a route named `{name}`, found {}; hint: give the route that name, or leave `route` out",
        list("the names", names, "no named route")
    )]
    NoSuchName {
        /// The wanted name.
        name: String,
        /// The names that are there.
        names: Vec<String>,
    },
    /// The name is there more than once.
    #[error(
        "spec.http: expected one route named `{name}`, found {}; hint: give each route its own name",
        list("the routes", routes, "none")
    )]
    NameNotUnique {
        /// The name.
        name: String,
        /// Indices in `spec.http`.
        routes: Vec<usize>,
    },
    /// No name was given, and no route has exactly the two destinations.
    #[error(
        "spec.http: expected a route with exactly the destinations stable ({}) and canary ({}), found none; \
         hint: name the route with `route`, and check host and subset of both",
        wanted(stable),
        wanted(canary)
    )]
    NoRouteHasBoth {
        /// The wanted stable destination.
        stable: Box<RouteDestination>,
        /// The wanted canary destination.
        canary: Box<RouteDestination>,
    },
    /// No name was given, and several routes have exactly the two destinations.
    #[error(
        "spec.http: expected one route with exactly the two destinations, found {}; \
         hint: name the wanted one with `route`",
        list("the routes", routes, "none")
    )]
    SeveralRoutes {
        /// Indices in `spec.http`.
        routes: Vec<usize>,
    },
    /// The route is there, and something is wrong with it.
    #[error("spec.http[{index}]{}: {problem}", name.as_ref().map_or_else(String::new, |name| format!(" (`{name}`)")))]
    Route {
        /// Index in `spec.http`.
        index: usize,
        /// The route's name, if it has one.
        name: Option<String>,
        /// What is wrong.
        problem: RouteProblem,
    },
    /// A weight that is no percentage.
    #[error("canary weight: expected 0 to 100, found {0}; hint: weights are percentages")]
    WeightAbove100(u8),
    /// An abort that leaves the canary traffic.
    #[error(
        "canary weight: expected 0 with the abort mark, found {0}; hint: an abort sends everything to stable"
    )]
    AbortWithTraffic(u8),
    /// A write that clears the abort mark of its own rollout.
    #[error(
        "{ROLLOUT}: rollout `{0}` was aborted, and expected is a write that keeps its mark; \
         hint: nothing un-aborts a rollout, start a new one"
    )]
    ClearsOwnAbort(String),
}

impl Refusal {
    pub(super) fn route(index: usize, route: &Value, problem: RouteProblem) -> Self {
        let name = route.get("name").and_then(Value::as_str);
        Self::Route {
            index,
            name: name.map(|name| cut(name, QUOTED_CHARS)),
            problem,
        }
    }
}

/// A value for a message.
pub(super) fn clip(value: &Value) -> String {
    cut(&value.to_string(), QUOTED_CHARS)
}

fn list<T: ToString>(what: &str, items: &[T], nothing: &str) -> String {
    if items.is_empty() {
        return nothing.to_owned();
    }
    let mut shown: Vec<String> = items
        .iter()
        .take(LISTED)
        .map(|item| cut(&item.to_string(), QUOTED_CHARS))
        .collect();
    if items.len() > LISTED {
        shown.push(format!("{} more", items.len() - LISTED));
    }
    format!("{what} {}", shown.join(", "))
}

fn wanted(destination: &RouteDestination) -> String {
    let host = destination.host.as_ref().map(|host| format!("host {host}"));
    let subset = destination
        .subset
        .as_ref()
        .map(|subset| format!("subset {subset}"));
    [host, subset]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
