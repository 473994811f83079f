//! Metrics of `value` templates: what is asked of each arm, and the limit on its number.

use serin::spec::{ArmQueries, Bound, Margin, Metric, Question, ValueLimit, check};

use super::told_of;
use crate::world::canary::document_with;

const MEMORY: &str =
    r#"value: {query: 'max(memory{namespace="${namespace}",pod=~"${workload}-.*"})', unit: bytes}"#;

/// A rate that tells the arms apart, beside which a value may stand; and the template `memory` with `spec`.
fn templates(spec: &str) -> String {
    let head = "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\n";
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "{head}metadata: {{name: memory}}\nspec:\n{indented}---\n{head}metadata: {{name: rate}}\nspec:\n  \
         successRate: {{requests: {{metric: a_total}}, errors: {{metric: b_total}}}}\n  arm: {{app: '${{workload}}'}}\n"
    )
}

/// A Canary in a Prometheus with these metrics.
fn document(metrics: &str) -> String {
    document_with(&format!(
        "workloads: {{stable: {{name: shop.v1, endpoints: ['http://s.test']}}, canary: {{name: shop.v2, endpoints: ['http://c.test']}}}}\n\
         analysis: {{metrics: [{metrics}]}}"
    ))
}

/// What is said of a metric of `memory` with `fields`, beside a rate.
fn told(fields: &str) -> String {
    told_with(MEMORY, fields)
}

fn told_with(spec: &str, fields: &str) -> String {
    let told = told_of(&[
        ("t.yaml", &templates(spec)),
        (
            "shop.yaml",
            &document(&format!("{{template: rate}}, {{template: memory{fields}}}")),
        ),
    ]);
    told.replace("shop.yaml:6: spec.analysis.metrics[1].", "")
}

/// The metric of `memory` with `fields`.
fn metric(spec: &str, fields: &str) -> Metric {
    let document = document(&format!("{{template: rate}}, {{template: memory{fields}}}"));
    let canaries = check([("t.yaml", templates(spec).as_str()), ("shop.yaml", &document)]).unwrap();
    canaries[0].analysis.metrics[1].clone()
}

fn limit(spec: &str, fields: &str) -> ValueLimit {
    match metric(spec, fields).question {
        Question::Value { limit, .. } => limit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_arm_has_its_own_query() {
    let metric = metric(MEMORY, ", threshold: {max: 512MiB}");
    assert_eq!(
        (metric.margin, metric.threshold, metric.arms),
        (Margin::NotCompared, None, None)
    );
    assert_eq!(
        metric.question,
        Question::Value {
            query: ArmQueries {
                canary: r#"max(memory{namespace="default",pod=~"shop\\.v2-.*"})"#.into(),
                stable: r#"max(memory{namespace="default",pod=~"shop\\.v1-.*"})"#.into(),
            },
            unit: Some("bytes".into()),
            limit: ValueLimit {
                bound: Bound::Max,
                limit: 536_870_912.0,
                looks: 3,
                strict: false,
            },
        }
    );
}

#[test]
fn a_limit_is_written_in_the_templates_unit_or_plain() {
    let written = |unit: &str, written: &str| {
        let spec = format!("value: {{query: 'x{{a=\"${{workload}}\"}}'{unit}}}");
        limit(&spec, &format!(", threshold: {{max: {written}}}")).limit
    };
    assert_eq!(written(", unit: bytes", "500000"), 500_000.0);
    assert_eq!(written(", unit: bytes", "2GB"), 2e9);
    assert_eq!(written(", unit: seconds", "250ms"), 0.25);
    assert_eq!(written(", unit: ratio", "85%"), 0.85);
    assert_eq!(written(", unit: connections", "-1.5"), -1.5);
    assert_eq!(written("", "0"), 0.0);
    assert_eq!(
        told(", threshold: {max: 5s}"),
        "threshold.max: expected bytes such as `512MiB`, `2GB` or `500000`, found `5s`"
    );
    assert_eq!(
        told_with("value: {query: 'x{a=\"${workload}\"}'}", ", threshold: {max: 5s}"),
        "threshold.max: expected a number such as `500` or `0.85`, found `5s`"
    );
}

#[test]
fn a_limit_has_one_side_and_a_number_of_looks() {
    let least = limit(MEMORY, ", threshold: {min: 3, looks: 100, strict: true}");
    assert_eq!((least.bound, least.looks, least.strict), (Bound::Min, 100, true));
    assert_eq!(told(", threshold: {max: 3, looks: 1}"), "");
    for looks in ["0", "101", "99999999999"] {
        assert_eq!(
            told(&format!(", threshold: {{max: 3, looks: {looks}}}")),
            format!("threshold.looks: expected looks in a row, from 1 to 100, found `{looks}`")
        );
    }
    assert_eq!(
        told(""),
        "threshold: expected a threshold, found none\n  hint: such as `{max: 500}`: nothing else judges a value"
    );
    assert_eq!(
        told(", threshold: {strict: true}"),
        "threshold: expected `max` or `min`, such as `{max: 500}`, found none"
    );
    assert_eq!(
        told(", threshold: {min: 1, max: 2}"),
        "threshold: expected `max` or `min`, found both\n  hint: two metrics of one template may have one each"
    );
}

#[test]
fn a_value_is_compared_with_nothing() {
    assert_eq!(
        told(", threshold: {max: 3}, margin: {relative: 10%}, quantile: 95%"),
        "quantile: expected no quantile on a value, found `95%`\n  hint: a quantile is for a latency\n\
         margin: expected no margin on a value, found a mapping\n  \
         hint: a value is never compared with the baseline's: its `threshold` judges it"
    );
}

#[test]
fn looks_are_for_values() {
    let looks = ", threshold: {min: 99%, looks: 3}";
    assert_eq!(
        told_of(&[
            ("t.yaml", &templates(MEMORY)),
            ("shop.yaml", &document(&format!("{{template: rate{looks}}}")))
        ]),
        "shop.yaml:6: spec.analysis.metrics[0].threshold.looks: expected no `looks` on what is counted, found `3`\n  \
         hint: looks in a row are for a value; evidence decides here, however many looks it takes"
    );
}

#[test]
fn two_metrics_may_hold_one_number_between_them() {
    let both =
        "{template: rate}, {template: memory, threshold: {max: 9}}, {template: memory, threshold: {min: 1}}";
    assert_eq!(
        told_of(&[("t.yaml", &templates(MEMORY)), ("shop.yaml", &document(both))]),
        ""
    );
}

#[test]
fn values_alone_never_see_traffic() {
    assert_eq!(
        told_of(&[
            ("t.yaml", &templates(MEMORY)),
            ("shop.yaml", &document("{template: memory, threshold: {max: 9}}"))
        ]),
        "shop.yaml:6: spec.analysis.metrics: expected at least one metric that counts requests, found only values\n  \
         hint: a value says nothing of who is served: add a metric with a `successRate` or `latency` template"
    );
}

#[test]
fn endpoints_answer_no_query() {
    let scraped =
        document_with("analysis: {metrics: [{template: rate}, {template: memory, threshold: {max: 9}}]}");
    assert_eq!(
        told_of(&[("t.yaml", &templates(MEMORY)), ("shop.yaml", &scraped)]),
        "shop.yaml:5: spec.analysis.metrics[1].template: expected a template with `successRate` or `latency`, found `memory`\n  \
         hint: endpoints answer no query: a `value` is asked of a Prometheus server, which `analysis.dataSource` names"
    );
}

#[test]
fn a_query_that_asks_the_same_of_both_arms_is_refused() {
    assert_eq!(
        told_with(
            "value: {query: 'max(memory{namespace=\"${namespace}\"})'}",
            ", threshold: {max: 9}"
        ),
        "template: expected a template that tells the arms apart, found one that asks the same of both\n  \
         hint: use `${workload}` in the template's query"
    );
}

#[test]
fn a_query_is_told_where_it_stops_being_one() {
    let told = |query: &str| told_of(&[("t.yaml", &templates(&format!("value:\n  query: |\n    {query}")))]);
    assert_eq!(
        told("max(x{a=\"${workload}\" b=\"c\"})"),
        "t.yaml:6: spec.value.query: expected PromQL, found `max(x{a=\"${workload}\" b=\"c\"})\\n`\n  \
         hint: line 1, character 23 of the query: `b` cannot stand there"
    );
    assert_eq!(
        told("max(x{a=\"${workload}\"}[${window}])"),
        "t.yaml:6: spec.value.query: expected no `$` there, found `max(x{a=\"${workload}\"}[${window}])\\n`\n  \
         hint: line 1, character 24 of the query: variables stand in the strings of label matchers, such as \
         `{namespace=\"${namespace}\"}`"
    );
    assert_eq!(
        told("x{a=\"${workload}\"}[1m]"),
        "t.yaml:6: spec.value.query: expected a query that gives one number, not a range of them, found `x{a=\"${workload}\"}[1m]\\n`\n  \
         hint: take one of them, such as `max_over_time(…)`, or leave `[…]` out"
    );
}

#[test]
fn a_querys_variables_are_the_templates() {
    let told = |spec: &str| told_of(&[("t.yaml", &templates(spec))]);
    assert_eq!(
        told("value: {query: 'up{job=\"${jb}\"}'}\nparameters: {job: shop}"),
        "t.yaml:5: spec.value.query: expected variables that exist, found `up{job=\"${jb}\"}`\n  \
         hint: `jb` is none; did you mean `job`?"
    );
    assert_eq!(
        told("value: {query: ' '}"),
        "t.yaml:5: spec.value.query: expected a query, found ` `"
    );
}

#[test]
fn a_parameter_that_ruins_the_query_is_told_where_it_was_given() {
    let spec = "value: {query: 'x{a=\"${workload}\",b=\"${b}\"}'}\nparameters: {b: b}";
    let long = "b".repeat(9_000);
    assert_eq!(
        told_with(
            spec,
            &format!(", threshold: {{max: 9}}, parameters: {{b: {long}}}")
        ),
        "parameters: expected values with which the query has at most 8000 bytes, found a mapping"
    );
    assert_eq!(
        told_with(
            spec,
            ", threshold: {max: 9}, parameters: {b: '\"} or vector(1) #'}"
        ),
        ""
    );
}
