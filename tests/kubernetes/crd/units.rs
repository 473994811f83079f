//! Quantities and their units.

use regex::Regex;
use serde_json::{Map, Value, json};
use serin::document::units::Quantity;

use super::{TYPELESS, nodes, schema};

/// The patterns in the rules of a field.
fn patterns(node: &Map<String, Value>) -> Vec<Regex> {
    let rules = node["x-kubernetes-validations"].as_array().unwrap();
    let pattern = |rule: &Value| {
        let rule = rule["rule"].as_str().unwrap();
        let inner = rule
            .strip_prefix("self.matches('")
            .unwrap()
            .strip_suffix("')")
            .unwrap();
        // As CEL reads a text.
        Regex::new(&inner.replace("\\\\", "\\")).unwrap()
    };
    rules.iter().map(pattern).collect()
}

#[test]
fn a_unit_that_the_check_reads_the_api_server_takes() {
    let texts = [
        "1%",
        "0.5%",
        "50 %",
        " 5% ",
        "0%",
        "100%",
        "90s",
        "5m",
        "1h 30m",
        "1h30m",
        "1.5s",
        "250us",
        "500 ms",
        "2days",
        "1M",
        "90",
        "",
        "5",
        "%",
        "5%%",
        "-5m",
        "5.%",
        "m5",
        "five minutes",
        "½h",
        "0.1234567891%",
    ];
    let canary = schema("Canary");
    let fields: Vec<_> = nodes(&canary)
        .into_iter()
        .filter(|(_, node)| node.get("maxLength") == Some(&json!(32)) && !node.contains_key(TYPELESS))
        .collect();
    assert!(fields.len() >= 15, "{}", fields.len());
    for (path, node) in fields {
        let takes = |text: &str| patterns(&node).iter().all(|pattern| pattern.is_match(text));
        let is_share = ["capacity", "falseAbortRate", "quantile", "relative"]
            .iter()
            .any(|name| path.ends_with(name));
        let is_either = path.ends_with("absolute");
        for text in texts {
            let quantity: Quantity = serde_json::from_value(json!(text)).unwrap();
            let (share, time) = (quantity.percent().is_ok(), quantity.duration().is_ok());
            let reads = (share && (is_share || is_either)) || (time && !is_share);
            assert!(!reads || takes(text), "{path}: `{text}` is taken");
        }
        for text in ["90", "", "5", "%", "-5m", "m5", "½h"] {
            assert!(!takes(text), "{path}: `{text}` is refused");
        }
    }
}

#[test]
fn every_quantity_has_its_unit_but_the_threshold() {
    let canary = schema("Canary");
    let any: Vec<String> = nodes(&canary)
        .into_iter()
        .filter(|(_, node)| node.contains_key(TYPELESS))
        .map(|(path, _)| path)
        .collect();
    let threshold = ".spec.analysis.metrics[].threshold";
    assert_eq!(any, [format!("{threshold}.min"), format!("{threshold}.max")]);
}
