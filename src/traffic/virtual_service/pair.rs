//! The two destinations of one route.

use serde_json::Value;

use super::RouteSelector;
use super::destination::Destination;
use super::refusal::clip;
use super::route_problem::RouteProblem;

/// A destination of the managed route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightedDestination {
    /// Index in the route's `route` list.
    pub index: usize,
    /// The weight in percent, in 0..=100; `None` where none is written, which counts as 0.
    pub weight: Option<u8>,
}

/// One entry of a route's `route` list.
pub(super) struct RouteEntry<'a> {
    index: usize,
    entry: &'a Value,
    pub(super) to: Destination<'a>,
}

/// The stable and the canary entry of a route that has exactly these two.
pub(super) fn pair<'a>(
    route: &'a Value,
    wanted: &RouteSelector<'_>,
) -> Result<(RouteEntry<'a>, RouteEntry<'a>), RouteProblem> {
    let entries = entries(route)?;
    let matching = |arm| -> Vec<RouteEntry<'a>> {
        read(entries, wanted.namespace)
            .filter(|entry| entry.to.is(arm, wanted.namespace))
            .collect()
    };
    let (stables, canaries) = (matching(wanted.stable), matching(wanted.canary));
    let is_canary = |entry: &&RouteEntry<'_>| canaries.iter().any(|canary| canary.index == entry.index);
    if let Some(both) = stables.iter().find(is_canary) {
        return Err(RouteProblem::BothArms(both.index));
    }
    let (stable, canary) = (one("stable", stables)?, one("canary", canaries)?);
    if let Some(third) = (0..entries.len()).find(|index| ![stable.index, canary.index].contains(index)) {
        let third = read(entries, wanted.namespace).find(|entry| entry.index == third);
        return Err(RouteProblem::Third(third.map_or_else(
            || "one without a host".to_owned(),
            |third| third.to.to_string(),
        )));
    }
    let one_host_wanted = wanted.stable.host.is_none() || wanted.canary.host.is_none();
    if one_host_wanted && !stable.to.shares_host_with(&canary.to) {
        return Err(RouteProblem::HostsDiffer {
            stable: stable.to.to_string(),
            canary: canary.to.to_string(),
        });
    }
    Ok((stable, canary))
}

impl RouteEntry<'_> {
    /// The entry with its weight read.
    pub(super) fn weighted(&self) -> Result<WeightedDestination, RouteProblem> {
        let weight = match self.entry.get("weight") {
            None | Some(Value::Null) => None,
            Some(found) => Some(percent(found).ok_or_else(|| RouteProblem::Weight {
                index: self.index,
                found: clip(found),
            })?),
        };
        Ok(WeightedDestination {
            index: self.index,
            weight,
        })
    }
}

/// The `route` list of a route that forwards its requests.
fn entries(route: &Value) -> Result<&[Value], RouteProblem> {
    for field in ["delegate", "redirect", "directResponse"] {
        if route.get(field).is_some_and(|value| !value.is_null()) {
            return Err(RouteProblem::NotForwarding(field));
        }
    }
    let entries = route.get("route").and_then(Value::as_array);
    entries.map(Vec::as_slice).ok_or(RouteProblem::NoRouteList)
}

fn read<'a>(entries: &'a [Value], namespace: &str) -> impl Iterator<Item = RouteEntry<'a>> {
    entries.iter().enumerate().filter_map(move |(index, entry)| {
        let to = Destination::read(entry.get("destination")?, namespace)?;
        Some(RouteEntry { index, entry, to })
    })
}

fn one<'a>(arm: &'static str, mut matching: Vec<RouteEntry<'a>>) -> Result<RouteEntry<'a>, RouteProblem> {
    match (matching.pop(), matching.pop()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(RouteProblem::Missing(arm)),
        (Some(second), Some(first)) => Err(RouteProblem::Ambiguous {
            arm,
            first: first.index,
            second: second.index,
        }),
    }
}

fn percent(weight: &Value) -> Option<u8> {
    let weight = u8::try_from(weight.as_u64()?).ok()?;
    (weight <= 100).then_some(weight)
}
