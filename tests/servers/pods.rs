use serin::demo::service::Behaviour;

use crate::world::load::{client, send};
use crate::world::patience::until;
use crate::world::pod::{BUCKET_EDGES_SECONDS, HEALTHY, Pod, Totals};
use crate::world::prometheus::Prometheus;

/// One answer of a hundred is an error.
const ONE_IN_A_HUNDRED: Behaviour = Behaviour {
    error_rate: 0.01,
    ..HEALTHY
};

#[tokio::test]
async fn prometheus_has_exactly_the_totals_of_pods_that_are_quiet() {
    let pods = [Pod::start("a").await, Pod::start("b").await];
    pods[1].behave(ONE_IN_A_HUNDRED);
    let set_up = Prometheus::set_up().scraping(pods.iter().map(Pod::target));
    let prometheus = set_up.start().await;
    let sent = [
        send(pods[0].address(), 300).await,
        send(pods[1].address(), 700).await,
    ];
    for pod in &pods {
        until("a scrape of everything", async || is_shown(pod).then_some(())).await;
    }

    for (pod, sent) in pods.iter().zip(sent) {
        let served = pod.served();
        assert_eq!(served.requests, sent.values().sum::<u64>());
        assert_eq!(served.errors, sent.get(&500).copied().unwrap_or_default());
        until("the totals", async || {
            (stored(&prometheus, pod).await == served).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_pod_shows_and_what_is_true_are_told_apart() {
    let pod = Pod::start("a").await;
    let url = format!("http://{}/metrics", pod.address());
    let scrape = async || client().get(&url).send().await.unwrap();
    send(pod.address(), 10).await;
    pod.extra_child_appears();
    send(pod.address(), 20).await;
    let text = scrape().await.text().await.unwrap();
    assert!(
        text.contains("\nhttp_requests_total{code=\"200\",handler=\"extra\"} 20\n"),
        "{text}"
    );
    pod.extra_child_vanishes();
    pod.hide_metrics(true);
    assert_eq!(scrape().await.status(), 500);
    send(pod.address(), 3).await;
    pod.hide_metrics(false);
    scrape().await;
    pod.restart();
    send(pod.address(), 4).await;
    let text = scrape().await.text().await.unwrap();

    assert!(text.contains("\nhttp_requests_total{code=\"200\"} 4\n"), "{text}");
    let scrapes = pod.scrapes();
    let requests = |totals: Totals| totals.requests;
    assert_eq!(
        scrapes
            .iter()
            .map(|scrape| requests(scrape.shown))
            .collect::<Vec<_>>(),
        [30, 13, 4]
    );
    assert_eq!(
        scrapes
            .iter()
            .map(|scrape| requests(scrape.served))
            .collect::<Vec<_>>(),
        [30, 33, 37]
    );
    assert!(scrapes[1].started_at < scrapes[2].started_at);
}

/// Whether the last scrape showed all that was served.
fn is_shown(pod: &Pod) -> bool {
    pod.scrapes()
        .last()
        .is_some_and(|scrape| scrape.shown == pod.served())
}

/// What Prometheus has of a pod.
async fn stored(prometheus: &Prometheus, pod: &Pod) -> Totals {
    let sum = async |metric: &str, label: &str, value: &str| {
        let query = format!("sum({metric}{{pod=\"{}\",{label}=~\"{value}\"}})", pod.name);
        prometheus.api.value(&query).await.unwrap_or_default() as u64
    };
    let mut within = [0; BUCKET_EDGES_SECONDS.len()];
    for (within, edge) in within.iter_mut().zip(BUCKET_EDGES_SECONDS) {
        let edge = edge.to_string();
        *within = sum("http_request_duration_seconds_bucket", "le", &edge).await;
    }
    Totals {
        requests: sum("http_requests_total", "code", ".*").await,
        errors: sum("http_requests_total", "code", "5..").await,
        within,
    }
}
