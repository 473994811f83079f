//! Whether requests reach the canary past the managed route.

use serde_json::Value;

use super::destination::Destination;

/// Whether a route other than `spec.http[managed]` sends requests to the canary, or a copy of them.
///
/// A route that delegates to another object may do so too; what cannot be seen here does not count.
pub(super) fn reach(object: &Value, managed: usize, canary: &Destination<'_>, namespace: &str) -> bool {
    ["http", "tls", "tcp"].iter().any(|protocol| {
        routes(object, protocol)
            .enumerate()
            .filter(|(index, _)| *protocol != "http" || *index != managed)
            .any(|(_, route)| sends_to(route, canary, namespace) || mirrors(route, canary, namespace))
    })
}

/// Whether `route` sends a copy of its requests to `to`.
pub(super) fn mirrors(route: &Value, to: &Destination<'_>, namespace: &str) -> bool {
    let several = route
        .get("mirrors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let targets = several.filter_map(|mirror| mirror.get("destination"));
    route
        .get("mirror")
        .into_iter()
        .chain(targets)
        .filter_map(|target| Destination::read(target, namespace))
        .any(|target| target.overlaps(to))
}

fn routes<'a>(object: &'a Value, protocol: &str) -> impl Iterator<Item = &'a Value> {
    let routes = object.get("spec").and_then(|spec| spec.get(protocol));
    routes.and_then(Value::as_array).into_iter().flatten()
}

fn sends_to(route: &Value, canary: &Destination<'_>, namespace: &str) -> bool {
    let destinations = route.get("route").and_then(Value::as_array);
    destinations.is_some_and(|destinations| {
        // A lone destination has all the traffic, whatever its weight says.
        let alone = destinations.len() == 1;
        destinations.iter().any(|entry| {
            let to_canary = entry
                .get("destination")
                .and_then(|to| Destination::read(to, namespace));
            to_canary.is_some_and(|to| to.overlaps(canary)) && (alone || has_weight(entry))
        })
    })
}

fn has_weight(entry: &Value) -> bool {
    match entry.get("weight") {
        None | Some(Value::Null) => false,
        Some(weight) => weight.as_u64() != Some(0),
    }
}
