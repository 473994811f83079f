use std::num::NonZeroU32;
use std::time::Duration;

use serin::clock::Stopwatch;
use serin::demo::service::Behaviour;
use tokio::time::{sleep, timeout};

use super::checkout::Checkout;
use crate::world::cluster::{Callers, LINGER, Mesh, Shared, call};
use crate::world::patience::{PATIENCE, until};
use crate::world::pod::HEALTHY;
use crate::world::prometheus::Prometheus;

static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

/// Patches whose way to the proxy is timed.
const PATCHES: u32 = 10;

/// Calls while pods come and go.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Requests of a measured split.
const REQUESTS: usize = 2000;

#[tokio::test]
async fn weights_arrive_in_the_proxy() {
    let cluster = SHARED.join().await;
    let checkout = Checkout::deploy(&cluster, "timed").await;
    let envoy = cluster.mesh().envoy();
    let mut took = Vec::new();
    for patch in 1..=PATCHES {
        let stopwatch = Stopwatch::start();
        let (status, answer) = checkout.patch_weights(&cluster, 100 - patch, patch).await;
        assert_eq!(status, 200, "{answer}");
        let weights = [("stable", 100 - patch), ("canary", patch)];
        let weights = weights.map(|(subset, weight)| (subset.to_owned(), weight.into()));
        let arrived = async {
            // More often than the tests usually ask, for the figure's sake.
            while envoy.weights(&checkout.service).await != Some(weights.clone().into()) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, arrived).await.expect("it arrives");
        took.push(stopwatch.elapsed());
    }
    took.sort();
    println!(
        "from PATCH to the weights in Envoy: median {:?}, max {:?}, of {PATCHES}",
        took[took.len() / 2],
        took[took.len() - 1]
    );
}

#[tokio::test]
async fn requests_are_split_by_the_weights_of_the_virtual_service() {
    let cluster = SHARED.join().await;
    let checkout = Checkout::deploy(&cluster, "split").await;
    let at_rest = call(cluster.mesh(), &checkout.service, 100).await;
    assert_eq!((at_rest.of("stable"), at_rest.all()), (100, 100), "{at_rest:?}");

    checkout.patch_weights(&cluster, 90, 10).await;
    let envoy = cluster.mesh().envoy();
    envoy
        .until_weights(&checkout.service, &[("stable", 90), ("canary", 10)])
        .await;
    let split = call(cluster.mesh(), &checkout.service, REQUESTS).await;

    // 200, with a standard deviation of 13.4; five of them are exceeded once in two million runs.
    assert!((133..=267).contains(&split.of("canary")), "{split:?} at 10 %");
    assert_eq!(
        split.of("stable") + split.of("canary"),
        REQUESTS as u64,
        "{split:?}"
    );
    assert_eq!(
        checkout.backends.served("checkout-canary").requests,
        split.of("canary")
    );
}

#[tokio::test]
async fn prometheus_has_what_the_pods_answered_with_the_names_of_istio() {
    let cluster = SHARED.join().await;
    let checkout = Checkout::deploy(&cluster, "scraped").await;
    let prometheus = Prometheus::start().await;
    checkout.backends.scraped_by(&prometheus);
    let errors = Behaviour {
        error_rate: 0.5,
        ..HEALTHY
    };
    checkout.backends.behave("checkout-canary", errors);
    checkout.patch_weights(&cluster, 50, 50).await;
    let envoy = cluster.mesh().envoy();
    envoy
        .until_weights(&checkout.service, &[("stable", 50), ("canary", 50)])
        .await;
    call(cluster.mesh(), &checkout.service, 200).await;

    let served = checkout.backends.served("checkout-canary");
    let sum = |series: &str, more: &str| {
        format!(
            "sum({series}{{reporter=\"destination\",destination_workload=\"checkout-canary\",destination_workload_namespace=\"scraped\",pod!=\"\"{more}}})"
        )
    };
    let is = async |query: String, value: u64| {
        until(&format!("{value}: {query}"), async || {
            (prometheus.api.value(&query).await == Some(value as f64)).then_some(())
        })
        .await;
    };
    is(sum("istio_requests_total", ""), served.requests).await;
    is(
        sum("istio_requests_total", ",response_code=~\"5..\""),
        served.errors,
    )
    .await;
    is(
        sum("istio_request_duration_milliseconds_bucket", ",le=\"+Inf\""),
        served.requests,
    )
    .await;
    assert!(served.errors > 0, "{served:?}");
}

#[tokio::test]
async fn pods_come_and_go_and_the_callers_do_not_notice() {
    let cluster = SHARED.join().await;
    let checkout = Checkout::deploy(&cluster, "rolled").await;
    let callers = Callers::call(cluster.mesh(), &checkout.service, PER_SECOND);
    let kubectl = |arguments: &[&str]| cluster.kubectl(&[&["--namespace=rolled"], arguments].concat());
    callers.until_answered(50).await;
    kubectl(&["scale", "deployment/checkout-stable", "--replicas=4"]);
    checkout.backends.until_answering("checkout-stable", 4).await;
    kubectl(&[
        "set",
        "image",
        "deployment/checkout-stable",
        "checkout=example.test/checkout:2.0",
    ]);
    cluster.until_rolled_out("rolled", "checkout-stable").await;
    kubectl(&["scale", "deployment/checkout-stable", "--replicas=1"]);
    checkout.backends.until_answering("checkout-stable", 1).await;
    callers
        .until_answered(2 * LINGER.as_secs() * u64::from(PER_SECOND.get()))
        .await;
    let answers = callers.answers();
    assert_eq!((answers.failed, answers.bad.len()), (0, 0), "{answers:?}");
    assert!(checkout.backends.last_answer("checkout-stable").is_some());
    assert_eq!(checkout.backends.last_answer("checkout-canary"), None);
}

#[tokio::test]
async fn a_pod_that_crashes_answers_no_more() {
    let cluster = SHARED.join().await;
    let checkout = Checkout::deploy(&cluster, "crashed").await;
    let crash = [
        "annotate",
        "pods",
        "--selector=version=stable",
        "test/fail=CrashLoopBackOff",
    ];
    cluster.kubectl(&[&["--namespace=crashed"], &crash[..]].concat());
    checkout.backends.until_answering("checkout-stable", 0).await;
    let answers = call(cluster.mesh(), &checkout.service, 10).await;
    assert_eq!((answers.good.len(), answers.of("stable")), (0, 0), "{answers:?}");
    assert_eq!(answers.all(), 10, "{answers:?}");
}
