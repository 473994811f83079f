//! The world without Serin: the traffic follows the file, and Prometheus has what was served.

use super::world::World;
use crate::world::patience::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traffic_follows_the_file_and_prometheus_has_what_was_served() {
    let mut world = World::start().await;
    world.begin();
    until("a hundred requests", async || {
        (world.served().baseline >= 100).then_some(())
    })
    .await;
    assert_eq!(world.served().canary, 0);
    let file = world.virtual_service();
    world.home.edit(&file, "weight: 100", "weight: 50");
    world.home.edit(&file, "weight: 0", "weight: 50");
    world.envoy.until_weights(&[("stable", 50), ("canary", 50)]).await;
    until("a hundred at the canary", async || {
        (world.served().canary >= 100).then_some(())
    })
    .await;

    let load = world.end().await;

    assert_eq!((load.answered, load.dropped), (load.sent, 0));
    let served = world.served();
    assert_eq!(served.baseline + served.canary, load.sent);
    for (workload, requests) in [
        ("checkout-stable", served.baseline),
        ("checkout-canary", served.canary),
    ] {
        let query = format!("sum(http_requests_total{{workload=\"{workload}\"}})");
        let all = async || {
            world
                .prometheus
                .api
                .value(&query)
                .await
                .filter(|sum| *sum == requests as f64)
        };
        until("all that was served", all).await;
    }
}
