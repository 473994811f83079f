use std::fs;

use crate::world::envoy::{Bridge, CHECKOUT, Envoy};
use crate::world::load::{client, send};
use crate::world::patience::until;
use crate::world::pod::Pod;
use crate::world::prometheus::Prometheus;

/// Requests of a measured split.
const REQUESTS: usize = 2000;

#[tokio::test]
async fn requests_are_split_by_the_weights_of_the_file_and_follow_its_changes() {
    let (stable, canary, envoy) = world().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("virtual-service.yaml");
    fs::write(&file, virtual_service(95, 5)).unwrap();
    let _bridge = Bridge::between(&file, &envoy);
    envoy.until_weights(&[("stable", 95), ("canary", 5)]).await;

    send(envoy.address, REQUESTS).await;

    // 100, with a standard deviation of 9.7; five of them are exceeded once in two million runs.
    let at_five = canary.served().requests;
    assert!((52..=148).contains(&at_five), "{at_five} of {REQUESTS} at 5 %");
    assert_eq!(stable.served().requests + at_five, REQUESTS as u64);

    replace(&file, &virtual_service(0, 100));
    envoy.until_weights(&[("stable", 0), ("canary", 100)]).await;
    send(envoy.address, 100).await;
    assert_eq!(canary.served().requests, at_five + 100);

    // What it cannot follow changes nothing.
    replace(
        &file,
        "kind: VirtualService\nspec: {http: [{redirect: {uri: /}}]}\n",
    );
    replace(&file, &virtual_service(100, 0));
    envoy.until_weights(&[("stable", 100), ("canary", 0)]).await;
    let tester = client()
        .get(format!("http://{}/", envoy.address))
        .header("x-tester", "true");
    tester.send().await.unwrap();
    assert_eq!(canary.served().requests, at_five + 101);
}

#[tokio::test]
async fn endpoints_come_and_go() {
    let (stable, canary, envoy) = world().await;
    let another = Pod::start("another").await;
    envoy.endpoints("stable", &[another.address()]);
    until("requests at the other one", async || {
        send(envoy.address, 1).await;
        (another.served().requests > 0).then_some(())
    })
    .await;
    drop(stable);
    assert_eq!(
        send(envoy.address, 50).await.into_keys().collect::<Vec<_>>(),
        [200]
    );
    assert_eq!(canary.served().requests, 0);
}

#[tokio::test]
async fn prometheus_sees_each_cluster_with_the_names_of_the_mesh() {
    let (stable, _canary, envoy) = world().await;
    let prometheus = Prometheus::set_up().scraping([envoy.target()]).start().await;
    send(envoy.address, 200).await;
    let cluster = CHECKOUT.cluster("stable");
    let series = |name: &str, labels: &str| format!("{name}{{envoy_cluster_name=\"{cluster}\",{labels}}}");
    let requests = series("envoy_cluster_upstream_rq", "envoy_response_code=\"200\"");
    let all = async || {
        prometheus
            .api
            .value(&requests)
            .await
            .filter(|requests| *requests == 200.0)
    };
    until("all requests", all).await;
    let within = series("envoy_cluster_upstream_rq_time_bucket", "le=\"+Inf\"");
    assert_eq!(prometheus.api.value(&within).await, Some(200.0));
    assert_eq!(stable.served().requests, 200);
}

async fn world() -> (Pod, Pod, Envoy) {
    let (stable, canary) = (Pod::start("stable").await, Pod::start("canary").await);
    let subsets = [
        ("stable", vec![stable.address()]),
        ("canary", vec![canary.address()]),
    ];
    let envoy = Envoy::before(CHECKOUT, &subsets).await;
    (stable, canary, envoy)
}

fn replace(file: &std::path::Path, text: &str) {
    let beside = file.with_extension("beside");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, file).unwrap();
}

fn virtual_service(stable: u32, canary: u32) -> String {
    format!(
        "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: checkout, namespace: shop}}
spec:
  hosts: [checkout]
  http:
  - match: [{{headers: {{x-tester: {{exact: \"true\"}}}}}}]
    route: [{{destination: {{host: checkout, subset: canary}}}}]
  - name: primary
    route:
    - {{destination: {{host: checkout, subset: stable}}, weight: {stable}}}
    - {{destination: {{host: checkout.shop.svc.cluster.local, subset: canary}}, weight: {canary}}}
    timeout: 5s
"
    )
}
