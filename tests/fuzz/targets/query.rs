//! Any names and patterns in a template and a Canary: refused, or a query that parses and asks for nothing but what was named.

#![no_main]

use libfuzzer_sys::fuzz_target;
use promql_parser::parser::{Expr, VectorSelector, parse};
use serde_json::json;
use serin::metric_source::prometheus::query_text;
use serin::spec::check;

fuzz_target!(|input: &str| {
    let mut parts = input.splitn(8, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (metric, label, pattern, arm_label, arm, workload, parameter, pod) =
        (next(), next(), next(), next(), next(), next(), next(), next());
    // JSON is YAML.
    let template = json!({
        "apiVersion": "serin.dev/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "t"},
        "spec": {
            "parameters": {"p": parameter},
            "successRate": {"requests": {"metric": metric}, "errors": {"match": {label: pattern}}},
            "arm": {arm_label: arm, "w": "${workload}"},
            "pod": pod,
        },
    });
    let canary = json!({
        "apiVersion": "serin.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "c"},
        "spec": {
            "workloads": {
                "stable": {"name": "stable", "endpoints": ["http://a.test"]},
                "canary": {"name": workload, "endpoints": ["http://b.test"]},
            },
            "traffic": {"file": {"path": "r", "virtualService": "v", "stable": {"subset": "s"}, "canary": {"subset": "c"}}},
            "analysis": {"metrics": [{"template": "t"}]},
        },
    });
    let Ok(canaries) = check([("c.yaml", canary.to_string().as_str()), ("t.yaml", template.to_string().as_str())]) else {
        return;
    };
    let query = query_text(&canaries, 0).expect("a success rate has one");
    let tree = parse(&query).unwrap_or_else(|error| panic!("{error}\n{query}"));
    let mut selectors = Vec::new();
    collect(&tree, &mut selectors);
    assert_eq!(selectors.len(), 8, "{query}");
    for selector in selectors {
        let name = selector.name.as_deref().unwrap_or_default();
        let is_named = name == "process_start_time_seconds" || canaries[0].analysis.metrics.iter().any(|m| format!("{m:?}").contains(&format!("{name:?}")));
        assert!(is_named, "{name} in {query}");
        let arms = canaries[0].analysis.metrics[0].arms.as_ref().expect("its arms are told apart");
        for label in arms.canary.keys() {
            assert!(selector.matchers.matchers.iter().any(|matcher| matcher.name == *label), "{label} in {query}");
        }
    }
});

fn collect<'a>(expression: &'a Expr, selectors: &mut Vec<&'a VectorSelector>) {
    match expression {
        Expr::VectorSelector(selector) => selectors.push(selector),
        Expr::Aggregate(aggregate) => collect(&aggregate.expr, selectors),
        Expr::Binary(binary) => {
            collect(&binary.lhs, selectors);
            collect(&binary.rhs, selectors);
        }
        Expr::Paren(paren) => collect(&paren.expr, selectors),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| collect(argument, selectors)),
        Expr::StringLiteral(_) | Expr::NumberLiteral(_) => {}
        other => panic!("nobody builds {other:?}"),
    }
}
