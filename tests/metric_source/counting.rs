//! What is counted, and for whom.

use serin::engine::CounterSum;
use serin::metric_source::ScrapeSource;
use serin::metric_source::scrape::Outcome;
use serin::spec::{Margin, Metric, Question, Timestamp};

use super::*;
use crate::world::canary::canary;
use crate::world::endpoint::serve;
use crate::world::watching::{latency, metric, series, success_rate};

const fn sum(value: f64, series: u32) -> CounterSum {
    CounterSum { value, series }
}

fn errors_where(label: &str, pattern: &str) -> Metric {
    metric(
        Question::SuccessRate {
            requests: series("requests_total", &[]),
            errors: series("requests_total", &[(label, pattern)]),
        },
        Margin::ErrorRate {
            relative: 0.5,
            absolute: 0.0,
        },
    )
}

#[tokio::test]
async fn the_built_in_templates_of_services_count_what_these_expose() {
    let text = "# TYPE http_requests_total counter\n\
                http_requests_total{code=\"200\"} 90\nhttp_requests_total{code=\"503\"} 3\n\
                # TYPE http_request_duration_seconds histogram\n\
                http_request_duration_seconds_bucket{le=\"0.1\"} 60\n\
                http_request_duration_seconds_bucket{le=\"+Inf\"} 93\nhttp_request_duration_seconds_count 93\n\
                # TYPE jobs_total counter\njobs_total 7\n# TYPE jobs_errors_total counter\njobs_errors_total 2\n";
    let canary = canary(
        "analysis: {metrics: [{template: http-success-rate}, {template: http-latency}, \
         {template: errors-over-total, parameters: {total: jobs_total, errors: jobs_errors_total}}]}",
    );
    for (metric, counted) in
        canary
            .analysis
            .metrics
            .iter()
            .cloned()
            .zip([[93.0, 3.0], [93.0, 60.0], [7.0, 2.0]])
    {
        let template = metric.template.clone();
        let (pod, _) = pods_of(metric, text, text).await;
        assert_eq!([pod.requests.value, pod.parts[0].value], counted, "{template}");
    }
}

#[tokio::test]
async fn requests_and_errors_are_sums_over_the_series_that_match() {
    let text = "# HELP requests_total Requests.\n# TYPE requests_total counter\n\
                requests_total{code=\"200\",path=\"/\"} 90\n\
                requests_total{code=\"200\",path=\"/pay\"} 5\n\
                requests_total{code=\"503\",path=\"/\"} 3\n\
                requests_total{code=\"5030\",path=\"/\"} 2\n\
                other_total{code=\"500\"} 1000\n\
                process_start_time_seconds 1699999990.5\n";
    let (pod, _) = pods_of(success_rate(), text, text).await;
    assert_eq!(pod.requests, sum(100.0, 4));
    assert_eq!(pod.parts, [sum(3.0, 1)]);
    assert_eq!(pod.started_at, Some(Timestamp(1_699_999_990_500)));
    assert_eq!(pod.sampled_at, NOW);
}

#[tokio::test]
async fn errors_may_be_a_counter_of_their_own_with_a_colon_in_its_name() {
    let own = metric(
        Question::SuccessRate {
            requests: series("job:requests:total", &[]),
            errors: series("job:errors:total", &[]),
        },
        Margin::ErrorRate {
            relative: 0.5,
            absolute: 0.0,
        },
    );
    let text = "job:requests:total 10\njob:errors:total 2\n";
    let (pod, _) = pods_of(own, text, text).await;
    assert_eq!(pod.requests, sum(10.0, 1));
    assert_eq!(pod.parts, [sum(2.0, 1)]);
}

#[tokio::test]
async fn label_values_keep_every_character_that_means_something_elsewhere() {
    let text = "requests_total{path=\"a{b},c=\\\"d\\\"\\\\e\\nf#\"} 7\n\
                requests_total{path=\"a\"} 1\n";
    let pattern = r#"a\{b\},c="d"\\e\nf#"#;
    let (pod, _) = pods_of(errors_where("path", pattern), text, text).await;
    assert_eq!(pod.parts, [sum(7.0, 1)]);
}

#[tokio::test]
async fn a_label_that_is_not_there_matches_as_an_empty_one() {
    let text = "requests_total{code=\"200\"} 7\nrequests_total 1\n";
    let (pod, _) = pods_of(errors_where("code", ""), text, text).await;
    assert_eq!(pod.parts, [sum(1.0, 1)]);
}

#[tokio::test]
async fn the_pods_of_an_arm_are_kept_apart_by_their_endpoints() {
    let first = exposing("requests_total{code=\"200\"} 1\n").await;
    let second = exposing("requests_total{code=\"200\"} 20\nrequests_total{code=\"500\"} 2\n").await;
    let stable = exposing("requests_total{code=\"200\"} 300\n").await;
    let canary = watching(
        &[&first.address, &second.address],
        &[&stable.address],
        vec![success_rate()],
    );
    let reading = &readings(&canary).await[0];
    let requests = |pod: &PodReading| pod.requests.value;
    assert_eq!(reading.arms.canary.pods.len(), 2);
    assert_eq!(requests(&reading.arms.canary.pods[&first.address]), 1.0);
    assert_eq!(requests(&reading.arms.canary.pods[&second.address]), 22.0);
    assert_eq!(requests(&reading.arms.baseline.pods[&stable.address]), 300.0);
}

#[tokio::test]
async fn an_endpoint_with_a_path_is_asked_for_that_path() {
    let text = async || "requests_total 4\n";
    let server = serve(axum::Router::new().route("/stats/prometheus", axum::routing::get(text))).await;
    let endpoint = format!("{}/stats/prometheus", server.address);
    let reading = &readings(&watching(&[&endpoint], &[&endpoint], vec![success_rate()])).await[0];
    assert_eq!(reading.arms.canary.pods[&endpoint].requests, sum(4.0, 1));
}

#[tokio::test]
async fn a_histogram_is_summed_over_its_label_sets_in_milliseconds() {
    let text = "# TYPE latency_seconds histogram\n\
                latency_seconds_bucket{le=\"0.25\",code=\"200\"} 6\n\
                latency_seconds_bucket{le=\"0.05\",code=\"200\"} 4\n\
                latency_seconds_bucket{le=\"+Inf\",code=\"200\"} 7\n\
                latency_seconds_sum{code=\"200\"} 0.9\n\
                latency_seconds_count{code=\"200\"} 7\n\
                latency_seconds_bucket{le=\"0.05\",code=\"500\"} 0\n\
                latency_seconds_bucket{le=\"0.25\",code=\"500\"} 1\n\
                latency_seconds_bucket{le=\"+Inf\",code=\"500\"} 1\n\
                latency_seconds_count{code=\"500\"} 1\n";
    let endpoint = exposing(text).await;
    let address = endpoint.address.as_str();
    let reading = &readings(&watching(&[address], &[address], vec![latency()])).await[0];
    assert_eq!(reading.edges_ms, [50.0, 250.0]);
    let pod = &reading.arms.canary.pods[address];
    assert_eq!(pod.requests, sum(8.0, 2));
    assert_eq!(pod.parts, [sum(4.0, 2), sum(7.0, 2)]);
}

#[tokio::test]
async fn a_histogram_is_chosen_by_its_labels() {
    let chosen = metric(
        Question::Latency {
            histogram: series("latency_ms", &[("code", "2..")]),
            unit_ms: 1.0,
            quantile: 0.95,
        },
        Margin::Latency {
            relative: 0.2,
            absolute_ms: 0.0,
        },
    );
    let text = "latency_ms_bucket{code=\"200\",le=\"10\"} 4\n\
                latency_ms_bucket{code=\"200\",le=\"+Inf\"} 5\n\
                latency_ms_count{code=\"200\"} 5\n\
                latency_ms_bucket{code=\"500\",le=\"20\"} NaN\n";
    let (pod, _) = pods_of(chosen, text, text).await;
    assert_eq!(pod.requests, sum(5.0, 1));
    assert_eq!(pod.parts, [sum(4.0, 1)]);
}

#[tokio::test]
async fn the_oldest_sample_dates_a_reading_where_samples_have_their_own_time() {
    let text = "requests_total{code=\"200\"} 1 1699999999000\nrequests_total{code=\"500\"} 1 1699999998000\n";
    let (pod, _) = pods_of(success_rate(), text, text).await;
    assert_eq!(pod.sampled_at, Timestamp(1_699_999_998_000));
}

#[tokio::test]
async fn openmetrics_is_understood_with_its_exemplars_times_and_end() {
    let text = "# TYPE requests counter\n# UNIT requests requests\n\
                requests_total{code=\"200\"} 7 1699999999.5 # {trace_id=\"a } b\"} 0.7 1699999999.1\n\
                requests_created{code=\"200\"} 1699999000.0\n\
                # EOF\n";
    let (pod, _) = pods_of(success_rate(), text, text).await;
    assert_eq!(pod.requests, sum(7.0, 1));
    assert_eq!(pod.sampled_at, Timestamp(1_699_999_999_500));
}

#[tokio::test]
async fn what_the_rust_client_library_encodes_is_counted() {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prometheus_client::metrics::histogram::Histogram;
    use prometheus_client::registry::Registry;

    let requests = Family::<Vec<(String, String)>, Counter>::default();
    let durations = Histogram::new([0.05, 0.25]);
    let mut registry = Registry::default();
    registry.register("requests", "Requests", requests.clone());
    registry.register("latency_seconds", "Durations", durations.clone());
    for code in ["200", "500"] {
        let labels = vec![("code".to_owned(), code.to_owned())];
        requests.get_or_create(&labels).inc();
    }
    durations.observe(0.1);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();

    let (pod, _) = pods_of(success_rate(), &text, &text).await;
    assert_eq!((pod.requests, pod.parts), (sum(2.0, 2), vec![sum(1.0, 1)]));
    let (pod, _) = pods_of(latency(), &text, &text).await;
    assert_eq!(
        (pod.requests, pod.parts),
        (sum(1.0, 1), vec![sum(0.0, 1), sum(1.0, 1)])
    );
}

#[tokio::test]
async fn what_was_read_and_what_was_turned_away_is_counted() {
    let good = exposing("requests_total 1\n").await;
    let bad = exposing("<html>\n").await;
    let nan = exposing("requests_total NaN\n").await;
    let source = ScrapeSource::default();
    let canary = watching(
        &[&good.address, &nan.address],
        &[&good.address, &bad.address],
        vec![success_rate()],
    );
    source.look(&canary, NOW).await;
    let counts = Outcome::ALL.map(|outcome| source.stats().get(outcome));
    assert_eq!(counts, [3, 0, 0, 0, 0, 0, 0, 1, 1]);
}
