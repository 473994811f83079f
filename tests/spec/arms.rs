//! How templates tell the arms apart, and what variables stand for in them.

use serin::spec::{ArmLabels, Labels, check};

use super::told_of;
use crate::world::canary::document_with;

/// A template with `spec` beside its latency, and the Canary `default/shop` that uses it with `fields`; its traffic goes to `destinations`.
fn files(spec: &str, fields: &str, destinations: &str) -> [(&'static str, String); 2] {
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    let template = format!(
        "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: answers}}\nspec:\n\
         {indented}  latency: {{histogram: h, unit: ms}}\n"
    );
    let canary = document_with(&format!(
        "workloads: {{stable: {{name: shop.v1, endpoints: ['http://s.test']}}, canary: {{name: shop.v2, endpoints: ['http://c.test']}}}}\n\
         traffic: {{file: {{path: routes.yaml, virtualService: shop, {destinations}}}}}\n\
         analysis: {{metrics: [{{template: answers{fields}}}]}}"
    ));
    [("t.yaml", template), ("c.yaml", canary)]
}

const SUBSETS: &str = "stable: {subset: old}, canary: {subset: new}";

fn arms(spec: &str, fields: &str, destinations: &str) -> ArmLabels {
    let files = files(spec, fields, destinations);
    let canaries = check(files.iter().map(|(name, text)| (*name, text.as_str())));
    let canaries = canaries.unwrap_or_else(|problems| panic!("{problems}"));
    canaries[0].analysis.metrics[0].arms.as_deref().cloned().unwrap()
}

fn told(spec: &str, fields: &str, destinations: &str) -> String {
    let files = files(spec, fields, destinations);
    told_of(&files.each_ref().map(|(name, text)| (*name, text.as_str())))
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let owned = |(label, pattern): &(&str, &str)| ((*label).to_owned(), (*pattern).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_label_may_hold_the_workload_the_destination_or_the_canarys_own_names() {
    let arms = arms(
        "arm: {a: '${workload}', b: '${namespace}/${name}', c: '${host}-${subset}'}",
        "",
        "stable: {host: shop.test, subset: old}, canary: {host: shop.test}",
    );
    let stable = [
        ("a", r"shop\.v1"),
        ("b", "default/shop"),
        ("c", r"shop\.test-old"),
    ];
    let canary = [("a", r"shop\.v2"), ("b", "default/shop"), ("c", r"shop\.test-")];
    assert_eq!((arms.stable, arms.canary), (labels(&stable), labels(&canary)));
}

#[test]
fn a_parameter_may_name_what_is_built_in_and_is_quoted_with_it() {
    let spec = "parameters: {cluster: '${workload}'}\narm: {cluster: '${cluster}'}";
    assert_eq!(
        arms(spec, "", SUBSETS).canary,
        labels(&[("cluster", r"shop\.v2")])
    );
    let given = ", parameters: {cluster: 'outbound|80|${subset}|shop.${namespace}.svc'}";
    assert_eq!(
        arms(spec, given, SUBSETS).canary,
        labels(&[("cluster", r"outbound\|80\|new\|shop\.default\.svc")])
    );
}

#[test]
fn a_parameter_names_nothing_else_and_what_speaks_of_an_arm_is_for_the_arm() {
    let spec = "parameters: {a: '${b}', b: 'x${'}\narm: {a: '${workload}'}";
    assert_eq!(
        told(spec, "", SUBSETS),
        "t.yaml:5: spec.parameters.a: expected variables that are built in, found `${b}`\n  \
         hint: `b` is none; known here: `workload`, `namespace`, `name`, `host`, `subset`\n\
         t.yaml:5: spec.parameters.b: expected a `}` after each `${`, found `x${`"
    );
    let spec = "parameters: {a: b}\narm: {a: '${workload}'}";
    assert_eq!(
        told(spec, ", parameters: {a: '${subst}'}", SUBSETS),
        "c.yaml:7: spec.analysis.metrics[0].parameters.a: expected variables that are built in, found `${subst}`\n  \
         hint: `subst` is none; did you mean `subset`?"
    );
    let spec = "parameters: {a: '${workload}'}\narm: {a: '${a}'}\npod: '${a}'\n";
    let told = told_of(&[(
        "t.yaml",
        &files(spec, "", SUBSETS)[0]
            .1
            .replace("unit: ms", "unit: ms, match: {b: '${a}'}"),
    )]);
    assert_eq!(
        told,
        "t.yaml:8: spec.latency.match.b: expected variables that exist, found `${a}`\n  \
         hint: `${a}` tells the arms apart: it belongs into `arm`"
    );
}

#[test]
fn a_host_that_no_destination_names_is_told() {
    assert_eq!(
        told("arm: {a: '${workload}', b: '${host}'}", "", SUBSETS),
        "c.yaml:7: spec.analysis.metrics[0].parameters: expected values that leave the template's names and patterns what they are, \
         found nothing\n  \
         hint: with these spec.arm.b of the template is none: `${host}` needs a `host` in both destinations of the Canary's `traffic`"
    );
}

#[test]
fn each_arm_may_have_labels_of_its_own() {
    let arms = arms("arm: {a: shop}\nstable: {b: ''}\ncanary: {b: .+}", "", SUBSETS);
    assert_eq!(arms.stable, labels(&[("a", "shop"), ("b", "")]));
    assert_eq!(arms.canary, labels(&[("a", "shop"), ("b", ".+")]));
}

#[test]
fn both_arms_have_the_same_labels() {
    assert_eq!(
        told("stable: {a: '', b: x}\ncanary: {a: .+}", "", SUBSETS),
        "t.yaml:6: spec.canary: expected the labels that `stable` has: `a`, `b`, found `a`\n  \
         hint: an arm whose series lack a label matches it with `\"\"`"
    );
    assert_eq!(
        told("arm: {'l_${subset}': x}", "", SUBSETS),
        "c.yaml:7: spec.analysis.metrics[0].template: expected a template that names the same labels for both arms, \
         found one with variables in them that differ"
    );
}
