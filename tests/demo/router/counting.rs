//! Every request is counted once, under what became of it.

use super::super::{eventually, sample, scrape};
use super::{World, to, weights};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_refuses_is_a_503_that_is_counted() {
    let world = World::start(&weights(0, 100)).await;
    world.canary.vanish().await;
    assert_eq!(world.get().await.status(), 503);
    assert_eq!(
        world.count(|routed| routed.code == 503 && routed.destination == Some(to("canary"))),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_without_a_backend_is_a_503_and_no_route_is_a_404() {
    let world = World::start(&weights(0, 100).replace("subset: canary", "subset: other")).await;
    assert_eq!(world.get().await.status(), 503);
    assert_eq!(
        world.count(|routed| routed.code == 503 && routed.destination == Some(to("other"))),
        1
    );

    world
        .replace("{kind: VirtualService, metadata: {annotations: {serin.dev/epoch: '1'}}, spec: {http: []}}");
    eventually("the empty routes in force", || world.router.routes().epoch() == 1).await;
    assert_eq!(world.get().await.status(), 404);
    assert_eq!(
        world.count(|routed| routed.code == 404 && routed.destination.is_none()),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_backend_is_a_504_after_the_routes_timeout() {
    let text = weights(0, 100).replace("timeout: 5s", "timeout: 20ms");
    let world = World::start_with(&text, axum::Router::new().fallback(std::future::pending::<()>)).await;
    assert_eq!(world.get().await.status(), 504);
    assert_eq!(world.count(|routed| routed.code == 504), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_is_counted_once() {
    let text = weights(0, 100);
    let world = World::start_with(&text, axum::Router::new().fallback(std::future::pending::<()>)).await;
    let mut reached = world.router.reached(&to("canary")).unwrap();
    let caller = tokio::spawn(world.client.get(&world.url).send());
    reached.wait_for(|reached| *reached).await.unwrap();

    caller.abort();

    eventually("the request counted", || {
        world.count(|routed| routed.code == 0) == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_metrics_are_its_counts() {
    let world = World::start(&weights(3, 100)).await;
    world.get_many(7).await;
    world.replace("broken: [");
    eventually("the file turned away", || world.router.reloads().rejected == 1).await;

    let samples = scrape(world.router.admin_address()).await;
    let series = "router_requests_total{destination=\"checkout/canary\",code=\"200\",epoch=\"3\"}";
    assert_eq!(sample(&samples, series), Some(7.0));
    assert_eq!(
        sample(&samples, "router_reloads_total{result=\"rejected\"}"),
        Some(1.0)
    );
    assert_eq!(sample(&samples, "router_requests_unlabelled_total"), Some(0.0));
}
