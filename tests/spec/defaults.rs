//! What holds where nothing is written.

use std::time::Duration;

use serin::spec::{
    AfterDeadline, CheckedCanary, Margin, Mode, NoDataPolicy, OnFail, OnInconclusive, PromotionWorkload,
    Question, Threshold,
};

use crate::world::canary::canary;

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn margins(fields: &str) -> Vec<Margin> {
    canary(fields)
        .analysis
        .metrics
        .iter()
        .map(|metric| metric.margin)
        .collect()
}

#[test]
fn workloads_traffic_and_a_metric_are_enough() {
    let checked: CheckedCanary = canary("");
    assert_eq!(
        (checked.namespace.as_str(), checked.name.as_str()),
        ("default", "shop")
    );
    assert_eq!(checked.mode, Mode::Control);
    let weights: Vec<u8> = checked.steps.iter().map(|step| step.weight).collect();
    assert_eq!(weights, [5, 25, 50, 100]);
    for step in &checked.steps {
        assert_eq!(
            (step.hold, step.min_requests, step.approval),
            (Duration::ZERO, 0, false)
        );
    }
    assert_eq!(checked.capacity, 0.5);
    assert_eq!(checked.max_duration, minutes(60));
    assert_eq!(checked.on_inconclusive, OnInconclusive::Hold);
    assert_eq!(checked.analysis.interval, Duration::from_secs(10));
    assert_eq!(checked.analysis.warmup, Duration::from_secs(30));
    assert_eq!(checked.analysis.false_abort_rate, 0.01);
    assert_eq!(checked.promotion.bake, minutes(10));
    assert_eq!(checked.promotion.workload, PromotionWorkload::None);
    assert_eq!(checked.notify, Vec::<String>::new());
}

#[test]
fn a_silent_canary_aborts_and_every_other_gap_holds() {
    let policies = canary("").analysis.no_data;
    let patient = NoDataPolicy {
        after: minutes(15),
        then: AfterDeadline::Hold,
    };
    assert_eq!(policies.source_down, patient);
    assert_eq!(policies.stale, patient);
    assert_eq!(policies.no_traffic, patient);
    assert_eq!(policies.baseline_silent, patient);
    assert_eq!(
        policies.canary_silent,
        NoDataPolicy {
            after: minutes(2),
            then: AfterDeadline::Abort
        }
    );
}

#[test]
fn half_a_policy_keeps_the_other_half() {
    let fields = "analysis: {metrics: [{template: latency}], noData: {canarySilent: {after: 5s}, stale: {then: lower}}}";
    let policies = canary(fields).analysis.no_data;
    assert_eq!(
        policies.canary_silent,
        NoDataPolicy {
            after: Duration::from_secs(5),
            then: AfterDeadline::Abort
        }
    );
    assert_eq!(
        policies.stale,
        NoDataPolicy {
            after: minutes(15),
            then: AfterDeadline::Lower
        }
    );
}

#[test]
fn a_metric_has_margins_the_p95_no_threshold_and_aborts() {
    let metrics = canary("").analysis.metrics;
    assert_eq!(
        metrics[0].margin,
        Margin::ErrorRate {
            relative: 0.25,
            absolute: 0.0005
        }
    );
    assert_eq!(
        metrics[1].margin,
        Margin::Latency {
            relative: 0.1,
            absolute_ms: 0.0
        }
    );
    let Question::Latency {
        unit_ms, quantile, ..
    } = &metrics[1].question
    else {
        panic!("{:?}", metrics[1].question);
    };
    assert_eq!((*unit_ms, *quantile), (1000.0, 0.95));
    for metric in &*metrics {
        assert_eq!((metric.threshold, metric.on_fail), (None, OnFail::Abort));
    }
}

#[test]
fn an_unwritten_half_of_a_margin_keeps_its_default() {
    let fields = "analysis: {metrics: [{template: success-rate, margin: {relative: 50%}}, {template: latency, margin: {absolute: 5ms}}]}";
    assert_eq!(
        margins(fields),
        [
            Margin::ErrorRate {
                relative: 0.5,
                absolute: 0.0005
            },
            Margin::Latency {
                relative: 0.1,
                absolute_ms: 5.0
            }
        ]
    );
}

#[test]
fn with_a_threshold_the_absolute_margin_is_a_tenth_of_what_it_allows() {
    let fields = "analysis: {metrics: [{template: success-rate, threshold: {min: 99%}}]}";
    assert_eq!(
        margins(fields),
        [Margin::ErrorRate {
            relative: 0.25,
            absolute: 0.001
        }]
    );
    assert_eq!(
        canary(fields).analysis.metrics[0].threshold,
        Some(Threshold {
            limit: 0.01,
            strict: false
        })
    );
    let fields =
        "analysis: {metrics: [{template: success-rate, threshold: {min: 99%}, margin: {absolute: 0%}}]}";
    assert_eq!(
        margins(fields),
        [Margin::ErrorRate {
            relative: 0.25,
            absolute: 0.0
        }]
    );
}
