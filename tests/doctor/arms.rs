//! Arms that are not there, and arms that are one.

use axum::http::StatusCode;

use super::patient::{Patient, arm, both_arms, text};
use crate::world::endpoint::{answering, exposing};
use crate::world::times::now;

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_not_deployed_is_a_warning() {
    let patient = Patient::with(&arm("checkout-stable", now())).await;
    let (code, diagnosis) = patient.examined().await;
    let present = diagnosis.of("success", "present");
    assert_eq!(text(present, "level"), "warning");
    let said = text(present, "said");
    assert!(
        said.starts_with("the canary has no series yet: not deployed, or never called"),
        "{said}"
    );
    assert!(
        diagnosis.not_ok().iter().all(|told| told.ends_with("warning")),
        "{:?}",
        diagnosis.not_ok()
    );
    assert_eq!(diagnosis.of("memory", "value")["level"], "warning");
    assert_eq!(code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stable_version_that_is_not_there_is_a_problem() {
    let patient = Patient::with(&arm("checkout-canary", now())).await;
    let (code, diagnosis) = patient.examined().await;
    assert_eq!(diagnosis.of("success", "present")["level"], "problem");
    assert_eq!(diagnosis.of("memory", "value")["level"], "problem");
    assert_eq!(diagnosis.canary()["can_be_judged"], false);
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn arms_with_the_same_series_are_a_problem() {
    let patient = Patient::with(&both_arms()).await;
    let patient = patient
        .canary("name: checkout-stable", "name: checkout")
        .template("arm: {app: \"${workload}\"}", "arm: {app: \"${workload}.*\"}");
    let (code, diagnosis) = patient.examined().await;
    let labels = diagnosis.of("success", "labels");
    assert_eq!(text(labels, "level"), "problem");
    assert!(
        text(labels, "said").contains("does not tell them apart"),
        "{labels:#}"
    );
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_scraped_endpoints_a_look_is_told() {
    let stable = exposing("http_requests_total{code=\"200\"} 9\nhttp_requests_total{code=\"500\"} 1\n").await;
    let canary = answering(StatusCode::SERVICE_UNAVAILABLE).await;
    let patient = Patient::at("http://127.0.0.1:1")
        .canary(
            "{name: checkout-stable, endpoints: [\"http://stable.test\"]}",
            &format!("{{endpoints: ['{}']}}", stable.address),
        )
        .canary(
            "{name: checkout-canary, endpoints: [\"http://canary.test\"]}",
            &format!("{{endpoints: ['{}']}}", canary.address),
        )
        .canary("    - {template: latency, margin: {absolute: 60ms}}\n", "")
        .canary("    - {template: memory, threshold: {max: 512MiB}}\n", "")
        .canary("  analysis:\n", "  analysis:\n    dataSource: scrape\n");
    let (code, diagnosis) = patient.examined().await;
    assert_eq!(diagnosis.source()["name"], "scrape");
    let look = diagnosis.of("success", "look");
    assert_eq!(text(look, "level"), "warning");
    let said = text(look, "said");
    assert!(
        said.starts_with("stable: 1 pod with 2 series and 10 requests so far; canary: nothing to count, "),
        "{said}"
    );
    assert!(said.contains("503"), "{said}");
    assert_eq!(code, 0);
}
