//! What the check remarks on in templates, and what of it is wrong.

use serin::spec::examine;

use super::told_of;
use crate::world::canary::document_with;

fn template(spec: &str) -> String {
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: answers}}\nspec:\n{indented}"
    )
}

/// The notes of a template that has nothing wrong in it.
fn notes(spec: &str) -> String {
    notes_of(&[("t.yaml", &template(spec))])
}

fn notes_of(files: &[(&str, &str)]) -> String {
    let report = examine(files.iter().copied());
    assert_eq!(report.problems.to_string(), "");
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    notes.join("\n")
}

/// What is wrong with a template.
fn told(spec: &str) -> String {
    told_of(&[("t.yaml", &template(spec))])
}

#[test]
fn a_name_that_is_no_counters_is_remarked_on() {
    let rate = |requests: &str, errors: &str| {
        notes(&format!(
            "successRate: {{requests: {{metric: {requests}}}, errors: {{{errors}}}}}"
        ))
    };
    assert_eq!(rate("http_requests_total", "match: {code: 5..}"), "");
    assert_eq!(
        rate("http_server_requests_seconds_count", "match: {status: 5..}"),
        ""
    );
    assert_eq!(
        rate("nginx_ingress_controller_requests", "match: {status: 5..}"),
        ""
    );
    assert_eq!(rate("envoy_cluster_upstream_rq", "match: {code: 5..}"), "");
    assert_eq!(
        rate("in_flight", "metric: failures"),
        "t.yaml:5: spec.successRate.requests.metric: `in_flight` does not end in `_total`, as counters do: what goes up and down \
         cannot be counted\n\
         t.yaml:5: spec.successRate.errors.metric: `failures` does not end in `_total`, as counters do: what goes up and down \
         cannot be counted"
    );
    assert_eq!(
        rate("job:requests:rate5m", "match: {code: 5..}"),
        "t.yaml:5: spec.successRate.requests.metric: `job:requests:rate5m` is named as a recording rule is: a rate cannot be \
         counted, nor a sum that has lost its pods; name the raw counter"
    );
    assert!(notes("latency: {histogram: 'job:latency', unit: s}").contains("recording rule"));
}

#[test]
fn parts_of_a_histogram_count_no_requests() {
    let told = |metric: &str| {
        told(&format!(
            "successRate: {{requests: {{metric: {metric}}}, errors: {{match: {{code: 5..}}}}}}"
        ))
    };
    assert_eq!(
        told("a_seconds_bucket"),
        "t.yaml:5: spec.successRate.requests.metric: expected a counter of requests, found `a_seconds_bucket`\n  \
         hint: each request is in many of a histogram's buckets; `a_seconds_count` counts the requests"
    );
    assert_eq!(
        told("a_seconds_sum"),
        "t.yaml:5: spec.successRate.requests.metric: expected a counter of requests, found `a_seconds_sum`\n  \
         hint: a sum adds what was measured, and does not count it; `a_seconds_count` counts the requests"
    );
}

#[test]
fn a_counter_has_no_buckets() {
    assert_eq!(
        told(
            "successRate:\n  requests: {metric: a_count, match: {le: '0.5'}}\n  errors: {metric: b_total, match: {le: '1'}}"
        ),
        "t.yaml:6: spec.successRate.requests.match.le: expected other labels than `le`, found `le`\n  \
         hint: it is the label of a histogram's buckets; slow requests are a `latency` template's\n\
         t.yaml:7: spec.successRate.errors.match.le: expected other labels than `le`, found `le`\n  \
         hint: it is the label of a histogram's buckets; slow requests are a `latency` template's"
    );
}

#[test]
fn errors_that_are_all_requests_are_refused() {
    for errors in ["match: {code: .*}", "match: {job: shop}", "{}"] {
        let errors = if errors == "{}" {
            String::new()
        } else {
            errors.to_owned()
        };
        let told = told(&format!(
            "successRate: {{requests: {{metric: a_total, match: {{job: shop}}}}, errors: {{{errors}}}}}"
        ));
        assert!(told.contains("found all requests"), "{errors}: {told}");
    }
    // A label that only errors have.
    assert_eq!(
        told("successRate: {requests: {metric: a_total}, errors: {match: {reason: .+}}}"),
        ""
    );
}

#[test]
fn a_backslash_before_a_variable_is_refused() {
    assert_eq!(
        told("latency: {histogram: a, unit: s, match: {b: '\\${c}'}}\nparameters: {c: d}"),
        "t.yaml:5: spec.latency.match.b: expected no backslash before a variable, found `\\${c}`\n  \
         hint: it would take the value's first character for a part of itself"
    );
}

#[test]
fn a_value_that_another_template_judges_better_is_remarked_on() {
    let note = |query: &str| {
        let note = notes(&format!("value:\n  query: |\n    {query}"));
        note.replace("t.yaml:6: spec.value.query: ", "")
    };
    assert_eq!(
        note("histogram_quantile(0.95, sum by (le) (rate(a_seconds_bucket{app=\"${workload}\"}[5m])))"),
        "a quantile from a histogram: a `latency` template judges it on evidence and beside the baseline, a value by looks in a row"
    );
    assert_eq!(
        note("rate(a_seconds_sum{app=\"${workload}\"}[5m]) / rate(a_seconds_count{app=\"${workload}\"}[5m])"),
        "an average hides the slow ones: a `latency` template judges a quantile of `a_seconds` on evidence and beside the baseline"
    );
    assert_eq!(
        note(
            "100 * (sum(rate(a_total{app=\"${workload}\",code=~\"5..\"}[5m])) / sum(rate(a_total{app=\"${workload}\"}[5m])))"
        ),
        "a share of `a_total`: a `successRate` template judges it on evidence and beside the baseline, a value by looks in a row"
    );
    assert_eq!(
        note("rate(a_bytes_sum{app=\"${workload}\"}[5m]) / rate(a_bytes_count{app=\"${workload}\"}[5m])"),
        ""
    );
    assert_eq!(
        note("max(used{app=\"${workload}\"} / size{app=\"${workload}\"})"),
        ""
    );
    assert_eq!(
        note("max(rate(cpu_seconds_total{app=\"${workload}\"}[2m]) / quota{app=\"${workload}\"})"),
        ""
    );
}

#[test]
fn a_query_that_looks_back_less_far_than_to_the_last_look_is_remarked_on() {
    let names = "workloads: {stable: {name: a, endpoints: ['http://s.test']}, canary: {name: b, endpoints: ['http://c.test']}}";
    let rate = template(
        "successRate: {requests: {metric: a_total}, errors: {metric: b_total}}\narm: {app: '${workload}'}",
    )
    .replace("answers", "rate");
    let notes = |interval: &str| {
        let canary = document_with(&format!(
            "{names}\nanalysis: {{interval: {interval}, metrics: [{{template: rate}}, {{template: answers, threshold: {{max: 1}}}}]}}"
        ));
        let value = template(
            "value: {query: 'max(max_over_time(a{b=\"${workload}\"}[30s])) / max_over_time(c[1m])'}",
        );
        notes_of(&[
            ("shop.yaml", &canary),
            ("value.yaml", &value),
            ("rate.yaml", &rate),
        ])
    };
    assert_eq!(
        notes("1m"),
        "shop.yaml:6: spec.analysis.metrics[1].template: the query looks back 30s, and a look is taken every 1m: what is between is \
         never seen"
    );
    assert_eq!(notes("30s"), "");
}
