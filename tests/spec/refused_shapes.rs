//! Documents that are not of the shape.

use serin::spec::{MAX_FILE_BYTES, MAX_PROBLEMS, check, examine};

use super::{told, told_of};
use crate::world::canary::{TEMPLATES, document_with};

#[test]
fn an_unknown_field_is_told_with_the_nearest_name() {
    assert_eq!(
        told("maxDuratoin: 1h"),
        "shop.yaml:5: spec.maxDuratoin: expected a field that Serin knows, found `maxDuratoin`\n  \
         hint: did you mean `maxDuration`?"
    );
}

#[test]
fn an_unknown_field_like_no_other_is_told_with_those_there_are() {
    assert_eq!(
        told("promotion: {bake: 5m, colour: green}"),
        "shop.yaml:5: spec.promotion.colour: expected a field that Serin knows, found `colour`\n  \
         hint: known here: `bake`, `workload`"
    );
}

#[test]
fn a_field_has_one_shape() {
    assert_eq!(
        told("steps: [5, 100]"),
        "shop.yaml:5: spec.steps[0]: expected a mapping, found `5`\n\
         shop.yaml:5: spec.steps[1]: expected a mapping, found `100`"
    );
    assert_eq!(
        told("notify: oncall"),
        "shop.yaml:5: spec.notify: expected a list, found `oncall`"
    );
    assert_eq!(
        told("notify: [5]"),
        "shop.yaml:5: spec.notify[0]: expected text, found `5`\n  hint: put it in quotes"
    );
    assert_eq!(
        told("steps: [{weight: 5.5}]"),
        "shop.yaml:5: spec.steps[0].weight: expected a whole number, 0 or more, found `5.5`"
    );
    assert_eq!(
        told("steps: [{weight: 5, minRequests: -1}]"),
        "shop.yaml:5: spec.steps[0].minRequests: expected a whole number, 0 or more, found `-1`"
    );
    assert_eq!(
        told("steps: [{weight: 5, approval: 'yes'}]"),
        "shop.yaml:5: spec.steps[0].approval: expected `true` or `false`, found `yes`"
    );
    assert_eq!(
        told("maxDuration: {hours: 1}"),
        "shop.yaml:5: spec.maxDuration: expected a number with its unit, such as `0.5%` or `90s`, found a mapping"
    );
}

#[test]
fn a_word_that_is_none_of_the_choices_is_told_with_them() {
    assert_eq!(
        told("onInconclusive: holt"),
        "shop.yaml:5: spec.onInconclusive: expected one of `hold`, `advance`, `abort`, found `holt`\n  \
         hint: did you mean `hold`?"
    );
    assert_eq!(
        told("mode: dry-run"),
        "shop.yaml:5: spec.mode: expected one of `control`, `observe`, found `dry-run`"
    );
}

#[test]
fn what_has_no_default_must_be_there() {
    let document = "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {}\nspec:\n  workloads: {}\n";
    assert_eq!(
        told_of(&[("shop.yaml", document)]),
        "shop.yaml:3: metadata.name: expected this field, which has no default, found nothing\n\
         shop.yaml:4: spec.traffic: expected this field, which has no default, found nothing\n\
         shop.yaml:4: spec.analysis: expected this field, which has no default, found nothing\n\
         shop.yaml:5: spec.workloads.stable: expected this field, which has no default, found nothing\n\
         shop.yaml:5: spec.workloads.canary: expected this field, which has no default, found nothing"
    );
    assert_eq!(
        told("analysis: {metrics: []}"),
        "shop.yaml:5: spec.analysis.metrics: expected at least one metric, found none\n  \
         hint: such as `- template: success-rate`"
    );
}

#[test]
fn a_repeated_field_is_told_with_both_lines() {
    assert_eq!(
        told("mode: control\ncapacity: 50%\nmode: observe"),
        "shop.yaml:7: spec.mode: expected each field once, found it a second time (first on line 5)"
    );
}

#[test]
fn everything_wrong_is_told_in_one_go() {
    let fields = "\
maxDuration: 60
mod: observe
steps: [{weight: 50, hold: long}, {weight: 5%}, {weight: 20}]
analysis:
  interval: 100ms
  metrics:
  - template: sucess-rate
  - template: latency
    margin: {absolute: 5%, relatve: 10%}
capacity: 120%";
    assert_eq!(
        told(fields),
        "\
shop.yaml:5: spec.maxDuration: expected a duration such as `90s` or `5m`, found `60`
  hint: write `60s` for seconds or `60m` for minutes
shop.yaml:6: spec.mod: expected a field that Serin knows, found `mod`
  hint: did you mean `mode`?
shop.yaml:7: spec.steps[1].weight: expected a whole number, 0 or more, found `5%`
shop.yaml:7: spec.steps[0].hold: expected a duration such as `90s` or `5m`, found `long`
shop.yaml:7: spec.steps[2].weight: expected a weight above the 50 of step 1, found 20 in step 3
  hint: weights rise from step to step; going down is what an abort does
shop.yaml:9: spec.analysis.interval: expected a duration from `1s` to `1h`, found `100ms`
shop.yaml:11: spec.analysis.metrics[0].template: expected the name of an AnalysisTemplate, found `sucess-rate`
  hint: did you mean `success-rate`?
shop.yaml:13: spec.analysis.metrics[1].margin.relatve: expected a field that Serin knows, found `relatve`
  hint: did you mean `relative`?
shop.yaml:13: spec.analysis.metrics[1].margin.absolute: expected a time such as `500ms` or `1.5s`, found `5%`
  hint: this is a time, not a share
shop.yaml:14: spec.capacity: expected a percentage from `0%` to `100%`, found `120%`"
    );
}

#[test]
fn problems_are_bounded_and_counted() {
    let steps: Vec<String> = (0..150).map(|_| "{weight: 0}".to_owned()).collect();
    let document = document_with(&format!("steps: [{}]", steps.join(", ")));
    let problems = check([("shop.yaml", document.as_str()), ("templates.yaml", TEMPLATES)]).unwrap_err();
    assert_eq!((problems.listed.len(), problems.left_out), (MAX_PROBLEMS, 50));
    assert!(problems.to_string().ends_with("\n… and 50 more"));
}

#[test]
fn broken_yaml_is_told_with_its_line() {
    let text = "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {name: shop\nspec: []\n";
    let told = told_of(&[("shop.yaml", text)]);
    assert!(
        told.starts_with("shop.yaml:4: expected YAML, found something else: "),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_broken_file_does_not_hide_the_problems_of_another() {
    let told = told_of(&[
        ("broken.yaml", "a: ["),
        ("shop.yaml", &document_with("mode: off")),
    ]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("broken.yaml:1: expected YAML"), "{told}");
    assert_eq!(
        lines[1],
        "shop.yaml:5: spec.mode: expected one of `control`, `observe`, found `off`"
    );
    // Its templates may be in the file that could not be read.
    assert_eq!(lines.len(), 2, "{told}");
}

#[test]
fn a_file_too_large_is_not_read() {
    let text = "#".repeat(MAX_FILE_BYTES + 1);
    assert_eq!(
        told_of(&[("large.yaml", &text)]),
        "large.yaml: expected at most 1048576 bytes, found 1048577 bytes"
    );
}

#[test]
fn another_kind_or_version_of_serins_is_refused() {
    assert_eq!(
        told_of(&[("a.yaml", "apiVersion: serin.dev/v1alpha1\nkind: Canry\n")]),
        "a.yaml:2: kind: expected one of `Canary`, `AnalysisTemplate`, found `Canry`\n  \
         hint: did you mean `Canary`?"
    );
    assert_eq!(
        told_of(&[("a.yaml", "apiVersion: serin.dev/v1\nkind: Canary\n")]),
        "a.yaml:1: apiVersion: expected `serin.dev/v1alpha1`, found `serin.dev/v1`"
    );
    assert_eq!(
        told_of(&[("a.yaml", "apiVersion: serine.dev/v1alpha1\nkind: Canary\n")]),
        "a.yaml:1: apiVersion: expected `serin.dev/v1alpha1`, found `serine.dev/v1alpha1`"
    );
    assert_eq!(
        told_of(&[("a.yaml", "kind: Canary\n")]),
        "a.yaml:1: apiVersion: expected `serin.dev/v1alpha1`, found nothing"
    );
    assert_eq!(
        told_of(&[("a.yaml", "- a\n- b\n")]),
        "a.yaml:1: expected a document with `apiVersion` and `kind`, found a list"
    );
}

#[test]
fn documents_that_are_not_serins_are_passed_over_with_a_note() {
    let manifest = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nspec: {a: 1, a: 2}\n---\n";
    let document = format!("{manifest}{}", document_with(""));
    let report = examine([("shop.yaml", document.as_str()), ("templates.yaml", TEMPLATES)]);
    assert_eq!(report.canaries.len(), 1);
    assert!(report.problems.is_empty());
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["shop.yaml:1: passed over: VirtualService of networking.istio.io/v1 is not Serin's"]
    );
}

#[test]
fn two_of_one_name_are_refused_and_one_a_namespace_is_not() {
    let shop = document_with("");
    let again = format!("{shop}---\n{shop}");
    assert_eq!(
        told_of(&[("a.yaml", &again), ("templates.yaml", TEMPLATES)]),
        "a.yaml:11: metadata.name: expected a name of its own, found `shop` again (first at a.yaml:3)"
    );
    let elsewhere = shop.replace("{name: shop}", "{name: shop, namespace: elsewhere}");
    assert_eq!(
        told_of(&[
            ("a.yaml", &shop),
            ("b.yaml", &elsewhere),
            ("templates.yaml", TEMPLATES)
        ]),
        ""
    );
    let told = told_of(&[("a.yaml", TEMPLATES), ("b.yaml", TEMPLATES)]);
    assert_eq!(
        told.lines().next().unwrap(),
        "b.yaml:4: metadata.name: expected a name of its own, found `success-rate` again (first at a.yaml:4)"
    );
}

#[test]
fn names_are_dns_labels() {
    let document =
        document_with("notify: [On-Call]").replace("{name: shop}", "{name: Shop_1, namespace: a.b}");
    let label =
        "a name of at most 63 small letters, digits and `-`, which begins and ends with a letter or digit";
    assert_eq!(
        told_of(&[("a.yaml", &document), ("templates.yaml", TEMPLATES)]),
        format!(
            "a.yaml:3: metadata.name: expected {label}, found `Shop_1`\n\
             a.yaml:3: metadata.namespace: expected {label}, found `a.b`\n\
             a.yaml:5: spec.notify[0]: expected {label}, found `On-Call`"
        )
    );
}

#[test]
fn values_in_messages_are_short_and_on_one_line() {
    let told = told(&format!("mode: \"{}\\n\\u001b[31m\"", "x".repeat(20)));
    assert_eq!(
        told,
        format!(
            "shop.yaml:5: spec.mode: expected one of `control`, `observe`, found `{}\\n\\u{{1b}}[31m`",
            "x".repeat(20)
        )
    );
    let long = super::told(&format!("mode: {}", "x".repeat(100)));
    assert!(long.ends_with(&format!("found `{}…`", "x".repeat(60))), "{long}");
}
