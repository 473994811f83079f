use std::time::Duration;

use crate::world::endpoint::exposing;
use crate::world::patience::until;
use crate::world::prometheus::{PASSWORD, Prometheus, USER};
use crate::world::samples::Samples;
use crate::world::target::Target;
use crate::world::times::{before, now};

#[tokio::test]
async fn what_is_remotely_written_can_be_asked_for_and_survives_a_kill() {
    let mut prometheus = Prometheus::start().await;
    let now = now();
    let series = |pod| Samples::of("http_requests_total", &[("code", "200"), ("pod", pod)]);
    // Older samples may come later, and oddly named values as well.
    let odd = "a \"quoted\" \\ and\nbroken one";
    let written = [
        series("a").at(before(now, 1), 7.0),
        series(odd).at(before(now, 9), 5.0),
    ];
    prometheus.api.remote_write(&written).await;
    prometheus
        .api
        .remote_write(&[series("a").at(before(now, 2000), 1.0)])
        .await;

    prometheus.kill();
    prometheus.restart().await;

    let found = prometheus.api.query_at("http_requests_total", now).await;
    let mut values: Vec<_> = found
        .iter()
        .map(|found| (found.label("pod"), found.value))
        .collect();
    values.sort_by(|one, other| one.0.cmp(other.0));
    assert_eq!(values, [("a", 7.0), (odd, 5.0)]);
    let refusal = prometheus
        .api
        .try_remote_write(&[series("a").at(before(now, 9000), 1.0)])
        .await;
    assert!(refusal.is_err(), "older than the window");
}

#[tokio::test]
async fn hours_of_samples_are_there_from_the_start() {
    let (from, to) = (before(now(), 6 * 3600), now());
    let series = Samples::of("http_requests_total", &[("pod", "a")]).every(15, (from, to), |seconds| seconds);
    let set_up = Prometheus::set_up().backfilled([series]);
    let prometheus = set_up.flag("--query.lookback-delta=20s").start().await;
    let rate = "rate(http_requests_total[30m])";
    let found = prometheus.api.query_at(rate, before(to, 3600)).await;
    assert_eq!(found[0].value, 1.0);
    let later = to + Duration::from_secs(30);
    let found = prometheus.api.query_at("http_requests_total", later).await;
    assert_eq!(found, [], "further back than the flag lets it look");
}

#[tokio::test]
async fn targets_are_scraped_with_their_labels_and_others_when_they_are_named() {
    let (one, other) = (exposing("up_one 1\n").await, exposing("up_other 2\n").await);
    let target = |at: &str, pod| Target::at(at).label("pod", pod);
    let set_up = Prometheus::set_up().scraping([target(&one.address, "one")]);
    let prometheus = set_up.start().await;
    let labelled = async || prometheus.api.value(r#"up_one{pod="one",job="pods"}"#).await;
    assert_eq!(until("the one scraped", labelled).await, 1.0);

    prometheus.scrape([target(&other.address, "other")]);

    let other = async || prometheus.api.value(r#"up_other{pod="other"}"#).await;
    assert_eq!(until("the other scraped", other).await, 2.0);
    let gone = async || prometheus.api.value("up_one").await.is_none().then_some(());
    until("the one gone", gone).await;
}

#[tokio::test]
async fn a_stopped_one_does_not_answer_until_it_goes_on() {
    let prometheus = Prometheus::start().await;
    let ready = format!("{}/-/ready", prometheus.url());
    let ask = || {
        let client = reqwest::Client::builder().no_proxy();
        let client = client.timeout(Duration::from_millis(300)).build().unwrap();
        client.get(&ready).send()
    };
    prometheus.stop();
    assert!(ask().await.unwrap_err().is_timeout());
    prometheus.cont();
    until("answers", async || ask().await.ok()).await;
}

#[tokio::test]
async fn whoever_has_no_password_and_no_certificate_is_turned_away() {
    let set_up = Prometheus::set_up().mutual_tls().basic_auth();
    let prometheus = set_up.start().await;
    assert!(prometheus.api.query("vector(1)").await[0].value == 1.0);
    let url = format!("{}/-/ready", prometheus.url());
    let certificates = prometheus.certificates.as_ref().unwrap();
    let authority = std::fs::read(&certificates.authority).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]);
    let nobody = client.build().unwrap().get(url).basic_auth(USER, Some(PASSWORD));
    assert!(nobody.send().await.is_err(), "it has no certificate");
}

#[tokio::test]
async fn it_ends_with_its_owner_even_if_it_is_stopped() {
    let prometheus = Prometheus::start().await;
    let process = format!("/proc/{}", prometheus.pid());
    prometheus.stop();
    assert!(std::fs::exists(&process).unwrap());
    let panicked = tokio::spawn(async move {
        let _held = prometheus;
        panic!("as a failed assertion would");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert!(!std::fs::exists(&process).unwrap());
}
