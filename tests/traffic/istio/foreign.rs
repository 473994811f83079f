//! What is not Serin's stays: other routes, other objects, other fields, whatever they are.
//!
//! `PROPTEST_CASES=10000 cargo test --release --test main traffic::istio::foreign` tries as many random VirtualServices.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::super::property::{World as Random, foreign, in_order, world, write_at};
use super::super::{abort, service, split, to, write};
use super::{PLURAL, World, refusal};

/// Routes of every sort that are not Serin's, around the one that is.
fn among_others() -> Value {
    let mut object = service(json!([
        {"match": [{"headers": {"x-tester": {"exact": "true"}}}], "route": [{"destination": {"host": "basket", "subset": "canary"}}]},
        {"name": "moved", "redirect": {"uri": "/v2"}},
        {"name": "closed", "directResponse": {"status": 503}},
        {"name": "apart", "delegate": {"name": "basket", "namespace": "attic"}},
        {"name": "copied", "route": [to("cart", "stable", 100)], "mirror": {"host": "basket", "subset": "canary"}, "mirrorPercentage": {"value": 0.1}},
        {"name": "odd", "route": [to("cart", "stable", 60), to("cart", "canary", 60)]},
        split(90, 10),
        {"name": "same name elsewhere", "route": [to("basket.attic.svc.cluster.local", "stable", 50), to("basket.attic.svc.cluster.local", "canary", 50)]},
        {"name": "odd", "route": [{"destination": {"host": "example.com"}}]},
    ]));
    object["spec"]["tls"] = json!([{"match": [{"port": 443, "sniHosts": ["a.example"]}], "route": [{"destination": {"host": "basket", "subset": "stable"}, "weight": 30}]}]);
    object["spec"]["tcp"] = json!([{"route": [{"destination": {"host": "basket"}, "weight": 7}]}]);
    object
}

#[tokio::test]
async fn an_abort_goes_through_beside_routes_of_every_sort_and_leaves_them_whole() {
    let world = World::of(among_others()).await.with_host("basket");
    let before = world.object();
    let seen = world.read().await.unwrap();
    assert!(seen.other_routes_reach_canary);
    let raised = world.write(&seen, &write(50, 1, "r1")).await.unwrap();
    let aborted = world.write(&raised, &abort(2, "r1")).await.unwrap();
    assert_eq!(aborted.canary_weight, 0);
    let after = world.object();
    assert_eq!(after["spec"]["http"][6], split(100, 0));
    assert_eq!(spec_without_ours(&after), spec_without_ours(&before));
}

#[tokio::test]
async fn subsets_alone_do_not_tell_which_of_several_services_is_meant() {
    let world = World::of(among_others()).await;
    let reason = refusal(world.read().await);
    assert!(reason.contains("found the routes 5, 6, 7"), "{reason}");
}

fn spec_without_ours(object: &Value) -> Value {
    let mut spec = object["spec"].clone();
    spec["http"][6] = Value::Null;
    spec
}

#[tokio::test]
async fn the_object_of_the_same_name_in_another_namespace_is_another() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let mut elsewhere = service(json!([split(40, 60)]));
    elsewhere["metadata"]["namespace"] = json!("attic");
    let elsewhere = world.server.put(elsewhere);
    let seen = world.read().await.unwrap();
    assert_eq!(seen.canary_weight, 5);
    world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    assert_eq!(world.server.object(PLURAL, "attic", "basket"), elsewhere);
}

#[tokio::test]
async fn what_must_not_be_changed_is_refused_and_nothing_is_sent() {
    let mut only_tls = service(json!([]));
    only_tls["spec"] = json!({"hosts": ["basket"], "tls": [{"match": [{"sniHosts": ["a.example"]}], "route": [{"destination": {"host": "basket", "subset": "canary"}}]}]});
    let mut delegating = service(json!([split(95, 5)]));
    delegating["spec"]["http"][0]["delegate"] = json!({"name": "x"});
    for (object, words) in [
        (only_tls, "http"),
        (delegating, "delegate"),
        (service(json!([split(60, 60)])), "sum to 100"),
        (service(json!([split(95, 5), split(95, 5)])), "route"),
        (
            service(
                json!([{"route": [to("basket", "stable", 90), to("basket", "canary", 5), to("cart", "x", 5)]}]),
            ),
            "cart",
        ),
    ] {
        let world = World::of(service(json!([split(95, 5)]))).await;
        let seen = world.read().await.unwrap();
        world.server.put(object);
        for reason in [
            refusal(world.read().await),
            refusal(world.write(&seen, &abort(1, "r1")).await),
        ] {
            assert!(reason.contains(words), "{words}: {reason}");
        }
        assert!(!world.asked().contains(&"PATCH".to_owned()));
    }
}

/// Fields that the server keeps for other writers.
fn owned_by_others(mut object: Value) -> Value {
    object["metadata"]["namespace"] = json!("shop");
    object["metadata"]["managedFields"] = json!([
        {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "networking.istio.io/v1", "fieldsType": "FieldsV1",
         "fieldsV1": {"f:spec": {"f:http": {}, "f:hosts": {}}}, "time": "2026-01-01T00:00:00Z"},
        {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:metadata": {"f:labels": {".": {}}}}},
    ]);
    object
}

/// What is foreign in an object of a server, which counts versions and generations.
fn foreign_in_cluster(object: &Value, managed: usize) -> String {
    let mut foreign = foreign(object, managed);
    for counted in ["resourceVersion", "generation"] {
        foreign["metadata"][counted] = Value::Null;
    }
    in_order(&foreign)
}

#[test]
fn no_foreign_byte_of_any_virtual_service_is_changed() {
    let runtime = Runtime::new().unwrap();
    let cluster = runtime.block_on(World::empty());
    let tried = Cell::new(0_u32);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let cases = runner.config().cases;
    let tests = (world(), write_at(1..=100));
    let outcome = runner.run(&tests, |(Random { object, managed }, write)| {
        cluster.server.remove(PLURAL, "shop", "basket");
        let before = cluster.server.put(owned_by_others(object));
        let after = runtime.block_on(async {
            let seen = cluster.read().await.unwrap();
            cluster.write(&seen, &write).await
        });
        let after = after.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(
            (after.canary_weight, after.epoch),
            (write.canary_weight, write.epoch)
        );
        let written = cluster.object();
        prop_assert_eq!(
            foreign_in_cluster(&written, managed),
            foreign_in_cluster(&before, managed)
        );
        tried.set(tried.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(tried.get() >= cases);
}
