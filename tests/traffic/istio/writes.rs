//! Reads and writes while all is well, and while others write too.

use serde_json::{Value, json};
use serin::traffic::virtual_service::{ABORTED, EPOCH, ROLLOUT};

use super::super::{abort, service, split, to, write};
use super::{PLURAL, World, conflict, refusal};

/// The object without what a write is about: two weights, Serin's marks, and what the server counts.
fn rest(object: &Value) -> Value {
    let mut rest = object.clone();
    for entry in rest["spec"]["http"][0]["route"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("weight");
    }
    let metadata = rest["metadata"].as_object_mut().unwrap();
    for ours in ["annotations", "resourceVersion", "generation"] {
        metadata.remove(ours);
    }
    rest
}

#[tokio::test]
async fn a_read_is_one_request_that_no_cache_answers() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    assert_eq!((seen.canary_weight, seen.epoch), (5, 0));
    assert_eq!(world.object()["metadata"]["resourceVersion"], seen.version);
    let asked = world.server.requests();
    assert_eq!(asked.len(), 1);
    // A `resourceVersion` parameter would let the server answer from its cache.
    let path = "/apis/networking.istio.io/v1beta1/namespaces/shop/virtualservices/basket";
    assert_eq!(
        (
            asked[0].method.as_str(),
            asked[0].path.trim_end_matches(['?', '&'])
        ),
        ("GET", path)
    );
}

#[tokio::test]
async fn a_write_is_one_guarded_patch_of_two_weights_and_marks_between_two_reads() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let before = world.object();
    let seen = world.read().await.unwrap();
    world.server.forget_requests();
    let raised = world.write(&seen, &write(20, 1, "r1")).await.unwrap();

    assert_eq!(world.asked(), ["GET", "PATCH", "GET"]);
    let patch: Value = serde_json::from_str(&world.server.requests()[1].body).unwrap();
    assert_eq!(
        patch,
        json!([
            {"op": "replace", "path": "/metadata/resourceVersion", "value": seen.version},
            {"op": "add", "path": "/spec/http/0/route/0/weight", "value": 80},
            {"op": "add", "path": "/spec/http/0/route/1/weight", "value": 20},
            {"op": "add", "path": "/metadata/annotations", "value": {EPOCH: "1", ROLLOUT: "r1"}},
        ])
    );
    let after = world.object();
    assert_eq!(rest(&after), rest(&before));
    assert_eq!(
        after["metadata"]["annotations"],
        json!({EPOCH: "1", ROLLOUT: "r1"})
    );
    assert_eq!(
        (raised.canary_weight, raised.epoch, raised.rollout.as_deref()),
        (20, 1, Some("r1"))
    );
    assert_eq!(raised, world.read().await.unwrap());
}

#[tokio::test]
async fn writes_follow_each_other_with_what_each_gave() {
    let world = World::of(service(json!([split(100, 0)]))).await;
    let mut seen = world.read().await.unwrap();
    for (epoch, weight) in [(1, 5), (2, 25), (3, 50)] {
        seen = world.write(&seen, &write(weight, epoch, "r1")).await.unwrap();
    }
    let aborted = world.write(&seen, &abort(4, "r1")).await.unwrap();
    assert!(aborted.is_aborted("r1"));
    assert_eq!(world.object()["metadata"]["annotations"][ABORTED], "r1");
    let restarted = world.write(&aborted, &write(5, 5, "r2")).await.unwrap();
    assert_eq!(restarted.aborted, None);
    assert_eq!(world.versions(), 6);
}

#[tokio::test]
async fn a_weight_that_is_not_there_yet_is_added() {
    let route = json!({"route": [{"destination": {"host": "basket", "subset": "canary"}}, to("basket", "stable", 100)]});
    let world = World::of(service(json!([route]))).await;
    let seen = world.read().await.unwrap();
    world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    let after = world.object();
    let weights = [0, 1].map(|index| after["spec"]["http"][0]["route"][index]["weight"].clone());
    assert_eq!(weights, [json!(20), json!(80)]);
}

#[tokio::test]
async fn annotations_of_others_stay_beside_the_marks() {
    let mut object = service(json!([split(95, 5)]));
    object["metadata"]["annotations"] = json!({"team/on-call": "~a/b", "serin.dev.example/epoch": "9"});
    let world = World::of(object).await;
    let seen = world.read().await.unwrap();
    world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    assert_eq!(
        world.object()["metadata"]["annotations"],
        json!({"team/on-call": "~a/b", "serin.dev.example/epoch": "9", EPOCH: "1", ROLLOUT: "r1"})
    );
}

#[tokio::test]
async fn whichever_version_of_the_api_somebody_wrote_in_it_is_the_same_object() {
    for version in ["v1", "v1beta1", "v1alpha3"] {
        let mut object = service(json!([split(95, 5)]));
        object["apiVersion"] = json!(format!("networking.istio.io/{version}"));
        let world = World::of(object).await;
        let seen = world.read().await.unwrap();
        assert_eq!(
            world
                .write(&seen, &write(20, 1, "r1"))
                .await
                .unwrap()
                .canary_weight,
            20
        );
    }
}

#[tokio::test]
async fn an_object_that_changed_since_is_a_conflict_and_nothing_is_sent() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    world.server.edit(PLURAL, "shop", "basket", |object| {
        object["spec"]["http"][0]["timeout"] = json!("3s")
    });
    world.server.forget_requests();
    assert_eq!(world.write(&seen, &write(20, 1, "r1")).await, Err(conflict()));
    assert_eq!(world.asked(), ["GET"]);
}

#[tokio::test]
async fn whoever_writes_between_the_look_and_the_patch_loses_nothing() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    world.server.on_next_write(|store| {
        store.edit(PLURAL, "shop", "basket", |object| {
            object["spec"]["http"][0]["retries"] = json!({"attempts": 3});
            object["metadata"]["annotations"] = json!({"theirs": "yes"});
        });
    });
    assert_eq!(world.write(&seen, &write(20, 1, "r1")).await, Err(conflict()));
    let after = world.object();
    assert_eq!(
        after["spec"]["http"],
        json!([{"retries": {"attempts": 3}, "route": split(95, 5)["route"]}])
    );
    assert_eq!(after["metadata"]["annotations"], json!({"theirs": "yes"}));
}

#[tokio::test]
async fn conflicts_in_a_row_end_with_the_race() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    for number in 0..3 {
        world.server.on_next_write(move |store| {
            store.edit(PLURAL, "shop", "basket", |object| {
                object["metadata"]["labels"] = json!({"n": number})
            });
        });
        let seen = world.read().await.unwrap();
        assert_eq!(world.write(&seen, &write(20, 1, "r1")).await, Err(conflict()));
    }
    let seen = world.read().await.unwrap();
    world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    assert_eq!(world.object()["metadata"]["labels"], json!({"n": 2}));
}

#[tokio::test]
async fn what_is_there_after_a_write_counts_and_not_what_was_answered() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    world.server.after_next_write(|store| {
        store.edit(PLURAL, "shop", "basket", |object| {
            object["spec"]["http"] = json!([split(97, 3)]);
        });
    });
    let after = world.write(&seen, &write(20, 1, "r1")).await.unwrap();
    assert_eq!((after.canary_weight, after.epoch), (3, 1));
}

#[tokio::test]
async fn an_epoch_that_is_not_above_the_objects_is_a_conflict() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    let seen = world.write(&seen, &write(20, 7, "r1")).await.unwrap();
    for epoch in [6, 7] {
        assert_eq!(world.write(&seen, &abort(epoch, "r1")).await, Err(conflict()));
    }
    assert_eq!(world.versions(), 2);
}

#[tokio::test]
async fn clearing_its_own_abort_is_refused() {
    let world = World::of(service(json!([split(95, 5)]))).await;
    let seen = world.read().await.unwrap();
    let aborted = world.write(&seen, &abort(1, "r1")).await.unwrap();
    let reason = refusal(world.write(&aborted, &write(5, 2, "r1")).await);
    assert!(reason.contains("abort"), "{reason}");
    assert_eq!(world.versions(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_never_lose_an_epoch() {
    const WRITERS: u64 = 4;
    const WRITES: u64 = 15;
    let world = std::sync::Arc::new(World::of(service(json!([split(95, 5)]))).await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                let rollout = format!("r{writer}");
                let mut written = 0;
                while written < WRITES {
                    let seen = world.read().await.unwrap();
                    match world.write(&seen, &write(20, seen.epoch + 1, &rollout)).await {
                        Ok(_) => written += 1,
                        // Another one wrote, so all of them together always get on.
                        Err(error) => assert_eq!(error, conflict()),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(world.read().await.unwrap().epoch, WRITERS * WRITES);
    assert_eq!(world.versions() as u64, 1 + WRITERS * WRITES);
}
