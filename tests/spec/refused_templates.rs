//! Templates that cannot be meant, and metrics that use them wrongly.

use serin::spec::{Question, Series, check, examine};

use super::{told, told_of};
use crate::world::canary::{TEMPLATES, document_with};

/// A template `answers` with `spec`, on lines from 5 on.
fn template(spec: &str) -> String {
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: answers}}\nspec:\n{indented}"
    )
}

/// What is said of that template alone.
fn told_of_template(spec: &str) -> String {
    told_of(&[("t.yaml", &template(spec))])
}

/// What is said of the template and a Canary with one metric that uses it and has `fields`.
fn told_of_use(spec: &str, fields: &str) -> String {
    let canary = document_with(&format!("analysis: {{metrics: [{{template: answers{fields}}}]}}"));
    told_of(&[("shop.yaml", &canary), ("t.yaml", &template(spec))])
}

/// The question that a metric with `fields` asks by the template.
fn question(spec: &str, fields: &str) -> Question {
    let canary = document_with(&format!("analysis: {{metrics: [{{template: answers{fields}}}]}}"));
    let canaries = check([("shop.yaml", canary.as_str()), ("t.yaml", &template(spec))]).unwrap();
    canaries[0].analysis.metrics[0].question.clone()
}

fn series(metric: &str, labels: &[(&str, &str)]) -> Series {
    Series {
        metric: metric.to_owned(),
        labels: labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[test]
fn a_template_that_does_not_exist_is_told_with_the_nearest() {
    assert_eq!(
        told("analysis: {metrics: [{template: sucess-rate}, {template: throughput}]}"),
        "shop.yaml:5: spec.analysis.metrics[0].template: expected the name of an AnalysisTemplate, found `sucess-rate`\n  \
         hint: did you mean `success-rate`?\n\
         shop.yaml:5: spec.analysis.metrics[1].template: expected the name of an AnalysisTemplate, found `throughput`\n  \
         hint: known here: `latency`, `success-rate`, those that `serin generate templates` lists"
    );
    assert_eq!(
        told_of(&[(
            "shop.yaml",
            &document_with("analysis: {metrics: [{template: latency}]}")
        )]),
        "shop.yaml:5: spec.analysis.metrics[0].template: expected the name of an AnalysisTemplate, found `latency`\n  \
         hint: known here: those that `serin generate templates` lists"
    );
}

#[test]
fn a_broken_template_is_told_where_it_stands_and_only_there() {
    let told = told_of_use("latency: {histogram: h, unit: m}", "");
    assert_eq!(
        told,
        "t.yaml:5: spec.latency.unit: expected one of `ms`, `s`, found `m`\n  hint: did you mean `ms`?"
    );
}

#[test]
fn a_canary_with_a_broken_template_is_not_taken() {
    let canary = document_with("analysis: {metrics: [{template: latency}, {template: answers}]}");
    for broken in [
        "latency: {histogram: h, unit: m}",
        "latency: {histogram: 'h h', unit: s}",
        "latency: 5",
    ] {
        let broken = template(broken);
        let files = [
            ("shop.yaml", canary.as_str()),
            ("t.yaml", &broken),
            ("templates.yaml", TEMPLATES),
        ];
        let report = examine(files);
        assert_eq!(report.canaries, [], "{broken}");
        assert_eq!(report.templates, ["success-rate", "latency"], "{broken}");
        assert_eq!(report.problems.listed.len(), 1, "{broken}");
    }
    let report = examine([
        ("shop.yaml", canary.as_str()),
        ("t.yaml", "{"),
        ("templates.yaml", TEMPLATES),
    ]);
    assert_eq!((report.canaries, report.problems.listed.len()), (vec![], 1));
}

#[test]
fn a_template_asks_one_question() {
    assert_eq!(
        told_of_template("pod: pod"),
        "t.yaml:4: spec: expected exactly one of `successRate`, `latency`, `value`, found none of them"
    );
    assert_eq!(
        told_of_template("latency: {histogram: h, unit: s}\nvalue: {query: 'up{app=\"${workload}\"}'}"),
        "t.yaml:4: spec: expected exactly one of `successRate`, `latency`, `value`, found `latency` and `value`"
    );
}

#[test]
fn metric_and_label_names_are_names() {
    assert_eq!(
        told_of_template(
            "successRate:\n  requests: {metric: http requests, match: {__name__: a, 'x-y': b}}\n  errors: {metric: 5xx}"
        ),
        "t.yaml:6: spec.successRate.requests.metric: expected a metric name: letters, digits, `_` and `:`, no digit first, \
         found `http requests`\n\
         t.yaml:6: spec.successRate.requests.match.__name__: expected a label name: letters, digits and `_`, no digit and \
         no `__` first, found `__name__`\n  \
         hint: the metric's name goes into `metric`\n\
         t.yaml:6: spec.successRate.requests.match.x-y: expected a label name: letters, digits and `_`, no digit and \
         no `__` first, found `x-y`\n\
         t.yaml:7: spec.successRate.errors.metric: expected a metric name: letters, digits, `_` and `:`, no digit first, \
         found `5xx`"
    );
    assert_eq!(
        told_of_template("latency: {histogram: h, unit: s}\npod: the-pod\narm: {0: '${workload}'}"),
        "t.yaml:6: spec.pod: expected a label name: letters, digits and `_`, no digit and no `__` first, found `the-pod`\n\
         t.yaml:7: spec.arm.0: expected a label name: letters, digits and `_`, no digit and no `__` first, found `0`"
    );
}

#[test]
fn a_histogram_is_named_without_its_parts() {
    assert_eq!(
        told_of_template("latency: {histogram: request_seconds_bucket, unit: s, match: {le: '0.5'}}"),
        "t.yaml:5: spec.latency.histogram: expected the histogram's name without its parts, \
         found `request_seconds_bucket`\n  \
         hint: write `request_seconds`\n\
         t.yaml:5: spec.latency.match.le: expected other labels than `le`, found `le`\n  \
         hint: every bucket is read"
    );
    assert_eq!(
        told_of_template("latency: {histogram: request_seconds}"),
        "t.yaml:5: spec.latency.unit: expected this field, which has no default, found nothing"
    );
}

#[test]
fn errors_are_a_part_or_a_counter_of_their_own() {
    let part = "successRate: {requests: {metric: r, match: {app: shop, code: '[2-5]..'}}, errors: {match: {code: '5..'}}}";
    assert_eq!(
        question(part, ""),
        Question::SuccessRate {
            requests: series("r", &[("app", "shop"), ("code", "[2-5]..")]),
            errors: series("r", &[("app", "shop"), ("code", "5..")]),
        }
    );
    let own =
        "successRate: {requests: {metric: r, match: {app: shop}}, errors: {metric: e, match: {kind: hard}}}";
    assert_eq!(
        question(own, ""),
        Question::SuccessRate {
            requests: series("r", &[("app", "shop")]),
            errors: series("e", &[("kind", "hard")]),
        }
    );
    assert_eq!(
        told_of_template("successRate: {requests: {metric: r}, errors: {}}"),
        "t.yaml:5: spec.successRate.errors: expected a part of the requests (`match`), or a counter of its own (`metric`), \
         found all requests\n  \
         hint: such as `match: {code: \"5..\"}`"
    );
}

const WITH_PARAMETERS: &str = "\
parameters: {reporter: destination, path: /a.b}
latency: {histogram: h, unit: ms, match: {reporter: '${reporter}', path: '${path}(/.*)?$'}}";

#[test]
fn parameters_are_filled_in_and_match_themselves() {
    let Question::Latency { histogram, .. } = question(WITH_PARAMETERS, ", parameters: {reporter: 'so|rce'}")
    else {
        panic!("a latency");
    };
    assert_eq!(
        histogram,
        series("h", &[("reporter", r"so\|rce"), ("path", r"/a\.b(/.*)?$")])
    );
}

#[test]
fn a_canary_gives_parameters_that_there_are() {
    assert_eq!(
        told_of_use(WITH_PARAMETERS, ", parameters: {reportr: source}"),
        "shop.yaml:5: spec.analysis.metrics[0].parameters.reportr: expected a parameter of the template, found `source`\n  \
         hint: did you mean `reporter`?"
    );
    assert_eq!(
        told_of_use("latency: {histogram: h, unit: ms}", ", parameters: {a: b}"),
        "shop.yaml:5: spec.analysis.metrics[0].parameters.a: expected a parameter of the template, found `b`\n  \
         hint: the template has no parameters"
    );
    let counted = "parameters: {n: '3'}\nlatency: {histogram: h, unit: ms, match: {path: 'a{${n}}'}}";
    assert_eq!(
        told_of_use(counted, ", parameters: {n: x}")
            .lines()
            .next()
            .unwrap(),
        "shop.yaml:5: spec.analysis.metrics[0].parameters: expected values that leave the template's names and \
         patterns what they are, found a mapping"
    );
}

#[test]
fn variables_exist_and_are_closed() {
    assert_eq!(
        told_of_template(
            "latency: {histogram: h, unit: ms, match: {a: '${b}', c: 'x${d', e: '${workload}'}}"
        ),
        "t.yaml:5: spec.latency.match.a: expected variables that exist, found `${b}`\n  \
         hint: `b` is none: name it under `parameters`\n\
         t.yaml:5: spec.latency.match.c: expected a `}` after each `${`, found `x${d`\n\
         t.yaml:5: spec.latency.match.e: expected variables that exist, found `${workload}`\n  \
         hint: `${workload}` tells the arms apart: it belongs into `arm`"
    );
    assert_eq!(
        told_of_template(
            "latency: {histogram: h, unit: ms}\narm: {a: '${workload}', b: '${namespace}-.*', c: '${pod}'}"
        ),
        "t.yaml:6: spec.arm.c: expected variables that exist, found `${pod}`\n  \
         hint: `pod` is none; known here: `host`, `name`, `namespace`, `subset`, `workload`"
    );
    assert_eq!(
        told_of_template("latency: {histogram: h, unit: ms}\nparameters: {workload: a, 'b-c': d}"),
        "t.yaml:6: spec.parameters.b-c: expected a name of letters, digits and `_`, found `b-c`\n\
         t.yaml:6: spec.parameters.workload: expected another name, found `workload`\n  \
         hint: `${workload}` is built in"
    );
}

#[test]
fn match_values_are_regular_expressions() {
    assert_eq!(
        told_of_template("latency: {histogram: h, unit: ms, match: {a: '5..(', b: '\\w{9}{9}{9}{9}'}}"),
        "t.yaml:5: spec.latency.match.a: expected a regular expression, found `5..(`\n  \
         hint: unclosed group\n\
         t.yaml:5: spec.latency.match.b: expected a regular expression, found `\\w{9}{9}{9}{9}`\n  \
         hint: Compiled regex exceeds size limit of 1048576 bytes."
    );
    let long = "x".repeat(1001);
    let told = told_of_template(&format!(
        "latency: {{histogram: h, unit: ms, match: {{a: {long}}}}}"
    ));
    assert_eq!(
        told,
        "t.yaml:5: spec.latency.match.a: expected a pattern of at most 1000 bytes, found 1001 bytes"
    );
}

#[test]
fn a_namespaces_own_template_goes_first() {
    let shared = template("latency: {histogram: shared, unit: ms}");
    let own = template("latency: {histogram: own, unit: ms}")
        .replace("{name: answers}", "{name: answers, namespace: market}");
    let canary = document_with("analysis: {metrics: [{template: answers}]}");
    let in_market = canary.replace("{name: shop}", "{name: shop, namespace: market}");
    let histogram = |canary: &str| {
        let checked = check([("c.yaml", canary), ("own.yaml", &own), ("shared.yaml", &shared)]).unwrap();
        match &checked[0].analysis.metrics[0].question {
            Question::Latency { histogram, .. } => histogram.metric.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(histogram(&canary), "shared");
    assert_eq!(histogram(&in_market), "own");
    assert_eq!(
        told_of(&[
            ("c.yaml", &canary),
            ("own.yaml", &own),
            ("templates.yaml", TEMPLATES)
        ]),
        "c.yaml:5: spec.analysis.metrics[0].template: expected the name of an AnalysisTemplate, found `answers`\n  \
         hint: known here: `latency`, `success-rate`, those that `serin generate templates` lists"
    );
}
