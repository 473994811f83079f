//! Which route is ours, and whether it is one that Serin may change.

use serde_json::Value;

use super::RouteSelector;
use super::destination::Destination;
use super::other_routes::mirrors;
use super::pair::{WeightedDestination, pair};
use super::refusal::{Refusal, clip};
use super::route_problem::RouteProblem;

/// The selected route.
pub(super) struct Found<'a> {
    pub(super) route: usize,
    pub(super) stable: WeightedDestination,
    pub(super) canary: WeightedDestination,
    pub(super) canary_destination: Destination<'a>,
}

/// Selects the wanted route of `object` and judges it.
pub(super) fn select<'a>(object: &'a Value, wanted: &RouteSelector<'_>) -> Result<Found<'a>, Refusal> {
    let http = http(object)?;
    let index = match wanted.route {
        Some(name) => named(http, name)?,
        None => only(http, wanted)?,
    };
    judge(index, &http[index], wanted).map_err(|problem| Refusal::route(index, &http[index], problem))
}

fn http(object: &Value) -> Result<&Vec<Value>, Refusal> {
    match object.get("spec").and_then(|spec| spec.get("http")) {
        None | Some(Value::Null) => Err(Refusal::NoHttp),
        Some(Value::Array(routes)) => Ok(routes),
        Some(other) => Err(Refusal::Field {
            field: "spec.http".to_owned(),
            expected: "a list of routes",
            found: clip(other),
            hint: "write each route as an item that begins with `-`",
        }),
    }
}

fn named(http: &[Value], name: &str) -> Result<usize, Refusal> {
    let route_name = |route: &Value| route.get("name").and_then(Value::as_str).map(ToOwned::to_owned);
    let matching: Vec<usize> = (0..http.len())
        .filter(|index| route_name(&http[*index]).as_deref() == Some(name))
        .collect();
    match matching[..] {
        [index] => Ok(index),
        [] => Err(Refusal::NoSuchName {
            name: name.to_owned(),
            names: http.iter().filter_map(route_name).collect(),
        }),
        _ => Err(Refusal::NameNotUnique {
            name: name.to_owned(),
            routes: matching,
        }),
    }
}

/// The only route that has exactly the two destinations.
fn only(http: &[Value], wanted: &RouteSelector<'_>) -> Result<usize, Refusal> {
    let (mut matching, mut nearly) = (Vec::new(), Vec::new());
    for (index, route) in http.iter().enumerate() {
        match pair(route, wanted) {
            Ok(_) => matching.push(index),
            Err(problem) if http.len() == 1 || problem.is_near_miss() => nearly.push((index, problem)),
            Err(_) => {}
        }
    }
    match (&matching[..], &nearly[..]) {
        ([index], _) => Ok(*index),
        // Where one route is nearly the one, what is wrong with it says more than that none was found.
        ([], [(index, problem)]) => Err(Refusal::route(*index, &http[*index], problem.clone())),
        ([], _) => Err(Refusal::NoRouteHasBoth {
            stable: Box::new(wanted.stable.clone()),
            canary: Box::new(wanted.canary.clone()),
        }),
        _ => Err(Refusal::SeveralRoutes { routes: matching }),
    }
}

fn judge<'a>(index: usize, route: &'a Value, wanted: &RouteSelector<'_>) -> Result<Found<'a>, RouteProblem> {
    let (stable, canary) = pair(route, wanted)?;
    let found = Found {
        route: index,
        stable: stable.weighted()?,
        canary: canary.weighted()?,
        canary_destination: canary.to,
    };
    let weights = [found.stable, found.canary].map(|arm| arm.weight.unwrap_or(0));
    if weights[0] + weights[1] != 100 {
        return Err(RouteProblem::Sum {
            stable: weights[0],
            canary: weights[1],
        });
    }
    if mirrors(route, &found.canary_destination, wanted.namespace) {
        return Err(RouteProblem::MirrorsCanary);
    }
    Ok(found)
}
