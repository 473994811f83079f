//! Series that cannot be counters, or do not make a histogram.

use super::*;
use crate::world::watching::{latency, success_rate};

#[tokio::test]
async fn values_that_no_counter_has_are_refused_with_line_and_series() {
    for (value, shown) in [("NaN", "NaN"), ("+Inf", "inf"), ("-Inf", "-inf"), ("-1", "-1")] {
        let text = format!("up 1\nrequests_total{{code=\"200\"}} {value}\n");
        assert_eq!(
            refusal(success_rate(), text, "requests_total 1\n").await,
            format!(
                "line 2: `requests_total{{code=\"200\"}}` is {shown}, but a counter is a finite number and \
                 not negative"
            )
        );
    }
}

#[tokio::test]
async fn a_sum_that_overflows_is_refused() {
    let text = "requests_total{a=\"1\"} 1.7e308\nrequests_total{a=\"2\"} 1.7e308\n";
    assert_eq!(
        refusal(success_rate(), text, "requests_total 1\n").await,
        "the sum of `requests_total` is too large for a number"
    );
}

#[tokio::test]
async fn a_bad_value_of_a_series_that_is_not_asked_for_does_no_harm() {
    let text = "requests_total 1\nother_total NaN\n";
    pods_of(success_rate(), text, text).await;
}

/// Why this histogram is refused beside one with the edges 0.1 and 0.2.
async fn refused(lines: &[&str]) -> String {
    let text = lines
        .join("\n")
        .replace("B{", "latency_seconds_bucket{")
        .replace('C', "latency_seconds_count")
        + "\n";
    let stable = "latency_seconds_bucket{le=\"0.1\"} 1\nlatency_seconds_bucket{le=\"0.2\"} 1\n\
                  latency_seconds_bucket{le=\"+Inf\"} 1\nlatency_seconds_count 1\n";
    refusal(latency(), text, stable).await
}

#[tokio::test]
async fn buckets_that_are_not_cumulative_are_refused() {
    assert_eq!(
        refused(&[r#"B{le="0.1"} 5"#, r#"B{le="0.2"} 4"#, r#"B{le="+Inf"} 6"#, "C 6"]).await,
        "lines 1 and 2: the buckets of `latency_seconds_bucket` are not cumulative: 4 after 5"
    );
}

#[tokio::test]
async fn a_histogram_without_its_last_bucket_is_refused() {
    assert_eq!(
        refused(&[
            r#"B{le="0.1",code="200"} 5"#,
            r#"B{le="0.2",code="200"} 5"#,
            r#"C{code="200"} 5"#
        ])
        .await,
        "`latency_seconds_bucket{code=\"200\"}` has no bucket with le=\"+Inf\""
    );
}

#[tokio::test]
async fn a_histogram_with_only_its_last_bucket_is_refused() {
    assert_eq!(
        refused(&[r#"B{le="+Inf"} 5"#, "C 5"]).await,
        "`latency_seconds_bucket` has no bucket with a finite edge"
    );
}

#[tokio::test]
async fn a_count_that_is_not_the_last_bucket_is_refused() {
    assert_eq!(
        refused(&[r#"B{le="0.1"} 5"#, r#"B{le="0.2"} 5"#, r#"B{le="+Inf"} 6"#, "C 7"]).await,
        "line 4: `latency_seconds_count` is 7, but its bucket with le=\"+Inf\" holds 6"
    );
}

#[tokio::test]
async fn buckets_without_a_count_are_refused() {
    assert_eq!(
        refused(&[r#"B{le="0.1"} 5"#, r#"B{le="0.2"} 5"#, r#"B{le="+Inf"} 6"#]).await,
        "`latency_seconds_count` is missing beside its buckets"
    );
}

#[tokio::test]
async fn a_count_without_buckets_is_refused() {
    assert_eq!(
        refused(&["C 5"]).await,
        "line 1: `latency_seconds_count` has no buckets; a classic histogram is needed"
    );
}

#[tokio::test]
async fn an_edge_that_is_not_a_number_is_refused() {
    for (edge, shown) in [
        ("", ""),
        ("fast", "{le=\"fast\"}"),
        ("NaN", "{le=\"NaN\"}"),
        ("-Inf", "{le=\"-Inf\"}"),
    ] {
        assert_eq!(
            refused(&[&format!("B{{le=\"{edge}\"}} 5"), r#"B{le="+Inf"} 6"#, "C 6"]).await,
            format!("line 1: `latency_seconds_bucket{shown}` has no label `le` with a number in it")
        );
    }
}

#[tokio::test]
async fn one_edge_in_two_spellings_is_refused() {
    assert_eq!(
        refused(&[r#"B{le="1"} 5"#, r#"B{le="1.0"} 5"#, r#"B{le="+Inf"} 6"#, "C 6"]).await,
        "lines 1 and 2: `latency_seconds_bucket` has two buckets with the same edge"
    );
}

#[tokio::test]
async fn a_bucket_that_is_not_a_number_is_refused() {
    assert_eq!(
        refused(&[
            r#"B{le="0.1"} 5"#,
            r#"B{le="0.2"} NaN"#,
            r#"B{le="+Inf"} 6"#,
            "C 6"
        ])
        .await,
        "line 2: `latency_seconds_bucket{le=\"0.2\"}` is NaN, but a counter is a finite number and not negative"
    );
}

#[tokio::test]
async fn label_sets_of_one_endpoint_with_different_edges_are_refused() {
    assert_eq!(
        refused(&[
            r#"B{le="0.1",code="200"} 5"#,
            r#"B{le="+Inf",code="200"} 5"#,
            r#"C{code="200"} 5"#,
            r#"B{le="0.2",code="500"} 5"#,
            r#"B{le="+Inf",code="500"} 5"#,
            r#"C{code="500"} 5"#,
        ])
        .await,
        "`latency_seconds_bucket{code=\"500\"}` and `latency_seconds_bucket{code=\"200\"}` have different \
         bucket edges, so they cannot be summed"
    );
}

#[tokio::test]
async fn arms_with_different_edges_hold_the_metric_and_not_one_arm() {
    let text = |edge: &str| {
        format!(
            "requests_total 1\nlatency_seconds_bucket{{le=\"{edge}\"}} 1\n\
             latency_seconds_bucket{{le=\"+Inf\"}} 1\n\
             latency_seconds_count 1\n"
        )
    };
    let (canary, stable) = (exposing(text("0.1")).await, exposing(text("0.2")).await);
    let reading = readings(&watching(
        &[&canary.address],
        &[&stable.address],
        vec![latency(), success_rate()],
    ))
    .await;
    let reason = format!(
        "the bucket edges differ, so nothing can be compared: {} has 0.2, {} has 0.1",
        stable.address, canary.address
    );
    assert_eq!(reading[0].arms.canary.missing[&canary.address], reason);
    assert_eq!(reading[0].arms.baseline.missing[&stable.address], reason);
    assert_eq!(reading[1].arms.canary.pods.len(), 1);
}

#[tokio::test]
async fn a_reading_that_was_refused_is_not_called_absent_elsewhere() {
    let broken = "latency_seconds_bucket{le=\"0.1\"} 5\nlatency_seconds_count 5\n";
    let (broken, idle) = (exposing(broken).await, exposing("up 1\n").await);
    let reading = readings(&watching(&[&broken.address], &[&idle.address], vec![latency()])).await;
    assert_eq!(
        reading[0].arms.baseline.missing[&idle.address],
        "the endpoints that have `latency_seconds` cannot be read, and this one has none of it yet"
    );
}
