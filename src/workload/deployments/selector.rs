//! A label selector as kubectl's `-l` has it.

use serde_json::{Map, Value};

/// `matchLabels` and `matchExpressions` in one line; all of them have to hold.
///
/// # Errors
/// What was expected and what was found, where a requirement is none of Kubernetes' own, or where there is no requirement at all:
/// that would be every pod of the namespace.
pub(super) fn text(selector: &Value) -> Result<String, String> {
    let labels = selector["matchLabels"].as_object();
    let equal = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| Ok(format!("{key}={}", value.as_str().unwrap_or_default())));
    let expressions = selector["matchExpressions"].as_array();
    let others = expressions.into_iter().flatten().map(requirement);
    let all = equal.chain(others).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() {
        return Err("expected a `spec.selector` with a requirement, found none".to_owned());
    }
    Ok(all.join(","))
}

/// The keys of labels that `selector` speaks of.
pub(super) fn keys(selector: &Value) -> impl Iterator<Item = &str> {
    let labels = selector["matchLabels"].as_object();
    let expressions = selector["matchExpressions"].as_array();
    let equal = labels.into_iter().flat_map(Map::keys).map(String::as_str);
    let others = expressions.into_iter().flatten();
    equal.chain(others.filter_map(|expression| expression["key"].as_str()))
}

fn requirement(expression: &Value) -> Result<String, String> {
    let key = expression["key"].as_str().unwrap_or_default();
    let values: Vec<&str> = expression["values"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let values = values.join(",");
    match expression["operator"].as_str().unwrap_or_default() {
        "In" => Ok(format!("{key} in ({values})")),
        "NotIn" => Ok(format!("{key} notin ({values})")),
        "Exists" => Ok(key.to_owned()),
        "DoesNotExist" => Ok(format!("!{key}")),
        other => Err(format!(
            "expected `In`, `NotIn`, `Exists` or `DoesNotExist` in `spec.selector.matchExpressions`, found `{other}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_and_expressions_are_one_line() {
        let selector = json!({
            "matchLabels": {"app": "checkout", "track": "canary"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["web", "api"]},
                {"key": "zone", "operator": "NotIn", "values": ["far"]},
                {"key": "team", "operator": "Exists"},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        });
        assert_eq!(
            text(&selector).as_deref(),
            Ok("app=checkout,track=canary,tier in (web,api),zone notin (far),team,!old")
        );
        assert_eq!(
            keys(&selector).collect::<Vec<_>>(),
            ["app", "track", "tier", "zone", "team", "old"]
        );
    }

    #[test]
    fn an_empty_selector_is_not_every_pod() {
        let error = text(&json!({"matchLabels": {}})).expect_err("nothing is asked for");
        assert!(error.contains("found none"), "{error}");
    }

    #[test]
    fn an_operator_of_another_day_is_refused() {
        let selector = json!({"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["3"]}]});
        let error = text(&selector).expect_err("no operator of a label selector");
        assert!(error.contains("found `Gt`"), "{error}");
    }
}
