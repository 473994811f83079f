//! Series that are not there.

use serin::engine::CounterSum;
use serin::spec::{Margin, Question};

use super::*;
use crate::world::watching::{latency, metric, series, success_rate};

const NOTHING: CounterSum = CounterSum {
    value: 0.0,
    series: 0,
};
const BUSY: &str = "requests_total{code=\"200\"} 5\n\
                    latency_seconds_bucket{le=\"0.1\"} 4\n\
                    latency_seconds_bucket{le=\"+Inf\"} 5\n\
                    latency_seconds_count 5\n";

#[tokio::test]
async fn errors_that_never_happened_are_an_empty_sum() {
    let (pod, _) = pods_of(success_rate(), BUSY, BUSY).await;
    assert_eq!(pod.parts, [NOTHING]);
}

#[tokio::test]
async fn an_endpoint_that_was_never_called_reads_as_an_empty_sum_beside_a_busy_one() {
    let (idle, busy) = pods_of(success_rate(), "up 1\n", BUSY).await;
    assert_eq!((idle.requests, idle.parts), (NOTHING, vec![NOTHING]));
    assert_eq!(busy.requests.value, 5.0);
}

#[tokio::test]
async fn an_endpoint_without_the_histogram_reads_as_zeros_in_the_others_layout() {
    let (idle, busy) = pods_of(latency(), "up 1\n", BUSY).await;
    assert_eq!((idle.requests, idle.parts), (NOTHING, vec![NOTHING]));
    assert_eq!(busy.parts.len(), 1);
}

#[tokio::test]
async fn a_counter_that_is_only_described_reads_as_an_empty_sum_without_a_word() {
    let described = "# TYPE requests_total counter\n";
    let (canary, _) = pods_of(success_rate(), described, described).await;
    assert_eq!(canary.requests, NOTHING);
    let open = "# TYPE requests counter\n# EOF\n";
    let (canary, _) = pods_of(success_rate(), open, open).await;
    assert_eq!(canary.requests, NOTHING);
}

#[tokio::test]
async fn a_counter_that_nobody_exposes_is_reported_beside_its_zeros() {
    let endpoint = exposing("request_total{code=\"200\"} 5\nup 1\n").await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![success_rate()])).await[0];
    for arm in [&reading.arms.canary, &reading.arms.baseline] {
        assert_eq!(arm.pods[address].requests, NOTHING);
        assert_eq!(
            arm.missing[address],
            "no endpoint that answered exposes `requests_total`: nothing was counted yet, or the template \
             names it wrongly; did you mean `request_total`?"
        );
    }
}

#[tokio::test]
async fn labels_that_match_nothing_are_reported_with_the_pattern() {
    let wrong = metric(
        Question::SuccessRate {
            requests: series("requests_total", &[("reporter", "destination")]),
            errors: series("requests_total", &[("code", "5..")]),
        },
        Margin::ErrorRate {
            relative: 0.5,
            absolute: 0.0,
        },
    );
    let endpoint = exposing(BUSY).await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![wrong])).await[0];
    assert_eq!(
        reading.arms.canary.missing[address],
        "no series of any endpoint matches `requests_total{reporter=~\"destination\"}`, though \
         `requests_total` has some with other labels"
    );
}

#[tokio::test]
async fn a_histogram_that_nobody_exposes_leaves_no_pod() {
    let endpoint = exposing("latency_second_bucket{le=\"+Inf\"} 1\n").await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![latency()])).await[0];
    assert!(reading.edges_ms.is_empty());
    assert!(reading.arms.canary.pods.is_empty());
    assert_eq!(
        reading.arms.canary.missing[address],
        "no endpoint that answered exposes `latency_seconds`: nothing was counted yet, or the template \
         names it wrongly; did you mean `latency_second`?"
    );
}

#[tokio::test]
async fn a_histogram_that_is_only_described_leaves_no_pod_for_want_of_a_layout() {
    let endpoint = exposing("# TYPE latency_seconds histogram\n").await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![latency()])).await[0];
    assert!(reading.arms.canary.pods.is_empty());
    assert_eq!(
        reading.arms.canary.missing[address],
        "`latency_seconds` has no series yet on any endpoint that answered"
    );
}

#[tokio::test]
async fn a_pattern_that_cannot_be_compiled_is_told_at_every_endpoint() {
    let wrong = metric(
        Question::SuccessRate {
            requests: series("requests_total", &[("code", "5(")]),
            errors: series("requests_total", &[]),
        },
        Margin::ErrorRate {
            relative: 0.5,
            absolute: 0.0,
        },
    );
    let endpoint = exposing(BUSY).await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![wrong, success_rate()])).await;
    assert_eq!(
        reading[0].arms.canary.missing[address],
        "template `of-the-test`: `5(` is not a regular expression that can be used: unclosed group"
    );
    assert!(reading[1].arms.canary.missing.is_empty());
}
