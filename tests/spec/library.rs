//! The templates that are built in, as the check has them.

use std::fs;
use std::process::Command;

use serin::spec::{CheckedCanary, LIBRARY, Question, check, examine};

use super::told_of;
use crate::world::canary::document_with;

/// A Canary in a Prometheus with these lines of `metrics`.
fn document(metrics: &str) -> String {
    document_with(&format!(
        "workloads: {{stable: {{name: shop-v1, endpoints: ['http://s.test']}}, canary: {{name: shop-v2, endpoints: ['http://c.test']}}}}\n\
         analysis:\n  metrics:\n{metrics}"
    ))
}

fn checked(files: &[(&str, &str)]) -> CheckedCanary {
    let canaries = check(files.iter().copied());
    canaries.unwrap_or_else(|problems| panic!("{problems}")).remove(0)
}

/// The examples in a template's comments: lines of `metrics` each.
fn examples(text: &str) -> Vec<String> {
    let comments = text.lines().map_while(|line| line.strip_prefix('#'));
    let mut examples: Vec<String> = Vec::new();
    for line in comments {
        if line.starts_with(" Use") {
            examples.push(String::new());
        } else if let Some(example) = examples.last_mut().filter(|_| line != "   metrics:") {
            example.push_str(&format!("{}\n", line.strip_prefix(' ').unwrap_or_default()));
        }
    }
    examples
}

#[test]
fn every_file_of_the_folder_is_built_in_under_its_own_name() {
    let mut files: Vec<String> = fs::read_dir("analysis-templates")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut built_in = LIBRARY.map(|template| format!("{}.yaml", template.name));
    built_in.sort();
    assert_eq!(files, built_in);
    for template in LIBRARY {
        let report = examine([(template.name, template.text)]);
        assert_eq!(report.problems.to_string(), "");
        assert_eq!(report.templates, [template.name]);
    }
}

#[test]
fn every_example_in_a_comment_is_a_metric_that_names_the_template_and_nothing_else() {
    for template in LIBRARY {
        let examples = examples(template.text);
        assert!(!examples.is_empty(), "{}", template.name);
        for example in examples {
            // A value does not stand alone.
            let document = document(&format!(
                "{example}  - {{template: errors-over-total, parameters: {{total: all_total}}}}"
            ));
            let metrics = checked(&[("c.yaml", &document)]).analysis.metrics;
            assert_eq!(metrics[0].template, template.name, "{example}");
        }
    }
}

#[test]
fn a_services_own_counters_are_asked_without_a_prometheus_too() {
    for name in ["http-success-rate", "http-latency", "errors-over-total"] {
        let document = document_with(&format!("analysis: {{metrics: [{{template: {name}}}]}}"));
        assert_eq!(checked(&[("c.yaml", &document)]).analysis.metrics[0].arms, None);
    }
}

#[test]
fn a_users_own_template_goes_before_one_of_the_same_name() {
    let own = |metadata: &str, histogram: &str| {
        format!(
            "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: http-latency{metadata}}}\n\
             spec:\n  latency: {{histogram: {histogram}, unit: s}}\n  arm: {{app: '${{workload}}'}}\n"
        )
    };
    let canary = document("  - template: http-latency");
    let histogram = |own: &str| {
        let canary = checked(&[("c.yaml", &canary), ("own.yaml", own)]);
        match &canary.analysis.metrics[0].question {
            Question::Latency { histogram, .. } => histogram.metric.clone(),
            other => panic!("{other:?}"),
        }
    };
    let for_all = own("", "for_all");
    assert_eq!(histogram(&for_all), "for_all");
    let in_namespace = own(", namespace: default", "in_namespace");
    assert_eq!(
        histogram(&format!("{for_all}---\n{in_namespace}")),
        "in_namespace"
    );
    let elsewhere = own(", namespace: market", "elsewhere");
    assert_eq!(histogram(&elsewhere), "http_request_duration_seconds");
}

#[test]
fn nobody_knows_that_a_built_in_one_is_meant_where_a_file_cannot_be_read() {
    let canary = document("  - template: http-latency");
    let report = examine([("c.yaml", canary.as_str()), ("own.yaml", "{")]);
    assert_eq!((report.canaries, report.problems.listed.len()), (vec![], 1));
}

#[test]
fn a_slip_in_its_name_is_told() {
    assert_eq!(
        told_of(&[("c.yaml", &document("  - template: istio-sucess-rate"))]),
        "c.yaml:8: spec.analysis.metrics[0].template: expected the name of an AnalysisTemplate, found `istio-sucess-rate`\n  \
         hint: did you mean `istio-success-rate`?"
    );
}

/// What `serin generate templates` prints with these arguments.
fn generated(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args(["generate", "templates"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn they_are_printed_as_they_are() {
    let text = generated(&[]);
    let report = examine([("all.yaml", text.as_str())]);
    assert_eq!(report.problems.to_string(), "");
    assert_eq!(report.templates, LIBRARY.map(|template| template.name));
    assert_eq!(generated(&["memory"]), LIBRARY[10].text);
    let json: serde_json::Value = serde_json::from_str(&generated(&["cpu", "--output", "json"])).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"templates": [{"name": "cpu", "text": LIBRARY[11].text}]})
    );
}

#[test]
fn the_readme_lists_them() {
    let readme = fs::read_to_string("README.md").unwrap();
    let (_, table) = readme.split_once("<!-- templates -->").unwrap();
    let (table, _) = table.split_once("<!-- /templates -->").unwrap();
    let listed = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let listed: Vec<&str> = listed.map(|(name, _)| name).collect();
    assert_eq!(listed, LIBRARY.map(|template| template.name));
}
