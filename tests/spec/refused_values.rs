//! Values that cannot be meant: units, bounds, steps, margins, thresholds.

use super::told;

/// What is said of one metric with `fields`; without the place.
fn told_of_metric(template: &str, fields: &str) -> String {
    let told = told(&format!(
        "analysis: {{metrics: [{{template: {template}, {fields}}}]}}"
    ));
    told.replace("shop.yaml:5: spec.analysis.metrics[0].", "")
}

#[test]
fn steps_rise() {
    assert_eq!(
        told("steps: [{weight: 5}, {weight: 50}, {weight: 25}, {weight: 100}]"),
        "shop.yaml:5: spec.steps[2].weight: expected a weight above the 50 of step 2, found 25 in step 3\n  \
         hint: weights rise from step to step; going down is what an abort does"
    );
    assert_eq!(
        told("steps: [{weight: 5}, {weight: 5}]").lines().next().unwrap(),
        "shop.yaml:5: spec.steps[1].weight: expected a weight above the 5 of step 1, found 5 in step 2"
    );
}

#[test]
fn there_is_a_step_and_weights_are_percentages() {
    assert_eq!(
        told("steps: []"),
        "shop.yaml:5: spec.steps: expected at least one step, found none\n  \
         hint: such as `[{weight: 5}, {weight: 100}]`"
    );
    assert_eq!(
        told("steps: [{weight: 0}, {weight: 101}, {weight: 300}]"),
        "shop.yaml:5: spec.steps[0].weight: expected a whole percentage from 1 to 100, found `0`\n\
         shop.yaml:5: spec.steps[1].weight: expected a whole percentage from 1 to 100, found `101`\n\
         shop.yaml:5: spec.steps[2].weight: expected a whole percentage from 1 to 100, found `300`"
    );
    assert_eq!(told("steps: [{weight: 1}, {weight: 100}]"), "");
}

#[test]
fn durations_have_bounds() {
    assert_eq!(
        told("steps: [{weight: 5, hold: 31d}]"),
        "shop.yaml:5: spec.steps[0].hold: expected a duration of at most `30d`, found `31d`"
    );
    assert_eq!(
        told("maxDuration: 0s"),
        "shop.yaml:5: spec.maxDuration: expected a duration from `1s` to `30d`, found `0s`"
    );
    assert_eq!(
        told("promotion: {bake: -5m}"),
        "shop.yaml:5: spec.promotion.bake: expected a duration such as `90s` or `5m`, found `-5m`\n  \
         hint: it cannot be negative"
    );
    assert_eq!(told("promotion: {bake: 0s}\nsteps: [{weight: 5, hold: 30d}]"), "");
}

#[test]
fn the_false_abort_rate_is_above_nothing_and_at_most_a_half() {
    for (rate, fine) in [("0%", false), ("0.001%", true), ("50%", true), ("50.1%", false)] {
        let fields = format!("analysis: {{falseAbortRate: {rate}, metrics: [{{template: latency}}]}}");
        let expected = if fine {
            String::new()
        } else {
            format!(
                "shop.yaml:5: spec.analysis.falseAbortRate: expected a percentage above `0%`, up to `50%`, found `{rate}`"
            )
        };
        assert_eq!(told(&fields), expected);
    }
}

#[test]
fn an_absolute_margin_over_100_percent_is_refused() {
    assert_eq!(
        told_of_metric("success-rate", "margin: {absolute: 150%}"),
        "margin.absolute: expected a share of the requests from `0%` to `100%`, found `150%`"
    );
    assert_eq!(told_of_metric("success-rate", "margin: {absolute: 100%}"), "");
}

#[test]
fn a_margin_has_the_unit_of_its_metric() {
    assert_eq!(
        told_of_metric("success-rate", "margin: {absolute: 60ms}"),
        "margin.absolute: expected a percentage such as `1%` or `0.5%`, found `60ms`\n  \
         hint: this is a share, not a time"
    );
    assert_eq!(
        told_of_metric("success-rate", "margin: {absolute: 0.5}"),
        "margin.absolute: expected a percentage such as `1%` or `0.5%`, found `0.5`\n  \
         hint: write `0.5%`, or `50%` if 0.5 is meant as a fraction"
    );
    assert_eq!(
        told_of_metric("latency", "margin: {absolute: 0.5%}"),
        "margin.absolute: expected a time such as `500ms` or `1.5s`, found `0.5%`\n  \
         hint: this is a time, not a share"
    );
    assert_eq!(
        told_of_metric("latency", "margin: {absolute: 60}"),
        "margin.absolute: expected a time such as `500ms` or `1.5s`, found `60`\n  \
         hint: write `60ms` for milliseconds or `60s` for seconds"
    );
}

#[test]
fn a_margin_is_not_negative_and_not_absurd() {
    assert_eq!(
        told_of_metric("success-rate", "margin: {absolute: -1%}"),
        "margin.absolute: expected a percentage such as `1%` or `0.5%`, found `-1%`\n  \
         hint: it cannot be negative"
    );
    assert_eq!(
        told_of_metric("latency", "margin: {relative: 1001%}"),
        "margin.relative: expected a percentage from `0%` to `1000%`, found `1001%`"
    );
    assert_eq!(
        told_of_metric("latency", "margin: {absolute: 2h}"),
        "margin.absolute: expected a time from `0ms` to `1h`, found `2h`"
    );
}

#[test]
fn a_threshold_is_of_the_metrics_kind() {
    assert_eq!(
        told_of_metric("success-rate", "threshold: {max: 500ms}"),
        "threshold.max: expected no `max` on a success rate, found `500ms`\n  \
         hint: write `min`, such as `{min: 99%}`; `max` is for a latency"
    );
    assert_eq!(
        told_of_metric("latency", "threshold: {min: 99%}"),
        "threshold.min: expected no `min` on a latency, found `99%`\n  \
         hint: write `max`, such as `{max: 500ms}`; `min` is for a success rate"
    );
    assert_eq!(
        told_of_metric("latency", "threshold: {strict: true}"),
        "threshold: expected `max`, such as `{max: 500ms}`, found none"
    );
    assert_eq!(
        told_of_metric("success-rate", "threshold: {}"),
        "threshold: expected `min`, such as `{min: 99%}`, found none"
    );
}

#[test]
fn a_threshold_leaves_something_to_decide() {
    for min in ["0%", "100%", "101%"] {
        assert_eq!(
            told_of_metric("success-rate", &format!("threshold: {{min: {min}}}")),
            format!("threshold.min: expected a percentage above `0%` and below `100%`, found `{min}`")
        );
    }
    assert_eq!(
        told_of_metric("latency", "threshold: {max: 0ms}"),
        "threshold.max: expected a time above `0ms`, up to `1h`, found `0ms`"
    );
}

#[test]
fn a_quantile_is_between_nothing_and_all_and_for_a_latency() {
    for quantile in ["0%", "100%"] {
        assert_eq!(
            told_of_metric("latency", &format!("quantile: {quantile}")),
            format!("quantile: expected a percentage above `0%` and below `100%`, found `{quantile}`")
        );
    }
    assert_eq!(
        told_of_metric("latency", "quantile: 0.95"),
        "quantile: expected a percentage such as `1%` or `0.5%`, found `0.95`\n  \
         hint: write `0.95%`, or `95%` if 0.95 is meant as a fraction"
    );
    assert_eq!(
        told_of_metric("success-rate", "quantile: 95%"),
        "quantile: expected no quantile on a success rate, found `95%`\n  \
         hint: a quantile is for a latency"
    );
}

#[test]
fn a_question_is_asked_once() {
    assert_eq!(
        told(
            "analysis: {metrics: [{template: latency}, {template: success-rate}, {template: latency, onFail: hold}]}"
        ),
        "shop.yaml:5: spec.analysis.metrics[2]: expected each question once, found the same as metrics[0]"
    );
    assert_eq!(
        told("analysis: {metrics: [{template: latency}, {template: latency, quantile: 50%}]}"),
        ""
    );
}

#[test]
fn metrics_and_channels_are_bounded() {
    let metrics = vec!["{template: latency}"; 21].join(", ");
    assert_eq!(
        told(&format!("analysis: {{metrics: [{metrics}]}}")),
        "shop.yaml:5: spec.analysis.metrics: expected at most 20 metrics, found 21"
    );
    let channels = vec!["a"; 21].join(", ");
    assert_eq!(
        told(&format!("notify: [{channels}]")),
        "shop.yaml:5: spec.notify: expected at most 20 channels, found 21"
    );
    assert_eq!(
        told("notify: [a, b, a]"),
        "shop.yaml:5: spec.notify[2]: expected each channel once, found `a` again"
    );
}
