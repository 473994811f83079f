//! Metrics that are named otherwise, labelled otherwise, or of another kind.

use axum::Router;
use axum::extract::RawForm;
use serde_json::json;

use super::patient::{Patient, both_arms, pod, text};
use crate::world::endpoint::serve;
use crate::world::times::now;

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_ok_in_everything() {
    let patient = Patient::with(&both_arms()).await;
    let (code, diagnosis) = patient.examined().await;
    assert_eq!(diagnosis.not_ok(), Vec::<String>::new(), "{diagnosis:#?}");
    assert_eq!(code, 0);
    assert_eq!(diagnosis.canary()["can_be_judged"], true);
    assert!(text(diagnosis.of_server("reachable"), "said").contains("version 2."));
    assert!(text(diagnosis.of("success", "pods"), "said").contains("`checkout-stable-a`"));
    let buckets = text(diagnosis.of("latency", "buckets"), "said");
    assert!(
        buckets.starts_with("p95 of stable between 50 ms and 100 ms, of the canary between"),
        "{buckets}"
    );
    let value = text(diagnosis.of("memory", "value"), "said");
    assert_eq!(value, "stable: 1000 bytes; canary: 1000 bytes");
    let asked = &diagnosis.of("success", "labels")["asked"][0];
    assert_eq!(
        asked,
        "count(http_requests_total{app=\"checkout-canary\"} and http_requests_total{app=\"checkout-stable\"})"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_metric_is_told_with_what_was_meant() {
    let patient = Patient::with(&both_arms()).await;
    let patient = patient.template("metric: http_requests_total", "metric: http_request_total");
    let (code, diagnosis) = patient.examined().await;
    let present = diagnosis.of("success", "present");
    assert_eq!(
        (
            text(present, "level"),
            text(present, "said"),
            text(present, "hint")
        ),
        (
            "problem",
            "there is no metric `http_request_total`",
            "did you mean `http_requests_total`?"
        )
    );
    assert_eq!(
        diagnosis.not_ok(),
        ["success present: problem", "success look: problem"]
    );
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_of_a_label_is_told_with_those_that_there_are() {
    let patient = Patient::with(&both_arms())
        .await
        .canary("name: checkout-stable", "name: checkout-stabel");
    let (code, diagnosis) = patient.examined().await;
    let present = diagnosis.of("latency", "present");
    assert_eq!(text(present, "level"), "problem");
    assert_eq!(
        text(present, "said"),
        "the stable version has no series: `http_request_duration_seconds_bucket` never has app=`checkout-stabel`; \
         app is `checkout-canary`, `checkout-stable`"
    );
    assert_eq!(text(present, "hint"), "did you mean app=`checkout-stable`?");
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_no_series_has_is_told_with_those_that_there_are() {
    let patient = Patient::with(&both_arms())
        .await
        .template("arm: {app:", "arm: {ap:");
    let (code, diagnosis) = patient.examined().await;
    let present = diagnosis.of("success", "present");
    let said = text(present, "said");
    assert!(
        said.contains("no series of `http_requests_total` has the label `ap`; it has `app`, `code`, `pod`"),
        "{said}"
    );
    assert_eq!(text(present, "hint"), "did you mean `app`?");
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_pod_label_is_told_with_the_one_that_may_be_it() {
    let arm = |app: &str| pod(&[("app", app), ("instance", "10.0.0.1:80")], now());
    let patient = Patient::with(&[arm("checkout-stable"), arm("checkout-canary")].concat()).await;
    let (code, diagnosis) = patient.examined().await;
    let labels = diagnosis.of("success", "labels");
    assert_eq!(text(labels, "level"), "problem");
    assert_eq!(
        text(labels, "said"),
        "series without the label `pod`, which tells pods apart"
    );
    assert_eq!(
        text(labels, "hint"),
        "name the right label in the template's `pod`: is it `instance`?"
    );
    assert_eq!(diagnosis.of("success", "look")["level"], "problem");
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_of_errors_that_no_request_has_is_a_warning() {
    let patient = Patient::with(&both_arms())
        .await
        .template("match: {code:", "match: {cod:");
    let (code, diagnosis) = patient.examined().await;
    let errors = diagnosis.of("success", "errors");
    assert_eq!(
        (text(errors, "level"), text(errors, "hint")),
        ("warning", "did you mean `code`?")
    );
    assert_eq!(code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_margin_finer_than_the_buckets_is_a_warning() {
    let patient = Patient::with(&both_arms())
        .await
        .canary("absolute: 60ms", "absolute: 20ms");
    let (code, diagnosis) = patient.examined().await;
    let buckets = diagnosis.of("latency", "buckets");
    assert_eq!(text(buckets, "level"), "warning");
    assert!(
        text(buckets, "said").ends_with("50 ms wide, the margin is 20 ms there"),
        "{buckets:#}"
    );
    assert_eq!(code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_histogram_is_told_as_one() {
    // Has nothing but a native histogram under the family's name.
    let answer = async move |RawForm(form): RawForm| {
        let question = form_urlencoded::parse(&form).find(|(name, _)| name == "query");
        let question = question
            .map(|(_, question)| question.into_owned())
            .unwrap_or_default();
        let result = if question.contains("histogram_count(") || question.contains("time()") {
            json!([{"metric": {}, "value": [now().0 as f64 / 1000.0, (now().0 / 1000).to_string()]}])
        } else {
            json!([])
        };
        json!({"status": "success", "data": {"resultType": "vector", "result": result}}).to_string()
    };
    let server = serve(Router::new().fallback(answer)).await;
    let (code, diagnosis) = Patient::at(&server.address).examined().await;
    let present = diagnosis.of("latency", "present");
    assert!(
        text(present, "said")
            .ends_with("`http_request_duration_seconds` is a native histogram, which cannot be judged"),
        "{present:#}"
    );
    assert!(
        text(present, "hint").contains("scrape_classic_histograms"),
        "{present:#}"
    );
    assert_eq!(code, 1);
}
