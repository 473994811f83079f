//! What a write is said to have led to, when the server or the way to it fails.

use std::time::Duration;

use serde_json::json;
use serin::clock::Stopwatch;
use serin::driver::ports::{Traffic, TrafficError};
use serin::kubernetes::{Access, Cluster};
use serin::traffic::istio::VirtualServices;

use super::super::{abort, service, split, write};
use super::{PLURAL, World, refusal};
use crate::world::api_server::ALICE;
use crate::world::patience::until;

async fn world() -> World {
    World::of(service(json!([split(95, 5)]))).await
}

fn weight(world: &World) -> serde_json::Value {
    world.object()["spec"]["http"][0]["route"][1]["weight"].clone()
}

fn unknown<T: std::fmt::Debug>(result: Result<T, TrafficError>) -> String {
    match result {
        Err(TrafficError::Unknown { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn unreachable<T: std::fmt::Debug>(result: Result<T, TrafficError>) -> String {
    match result {
        Err(TrafficError::Unreachable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown_whether_it_happened_or_not() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world.server.request_lost_before_commit();
    unknown(world.write(&seen, &write(20, 1, "r1")).await);
    assert_eq!(weight(&world), 5);
    world.server.answer_lost_after_commit();
    unknown(world.write(&seen, &write(20, 1, "r1")).await);
    assert_eq!(weight(&world), 20);
    // Neither was sent again.
    let patches = world.asked().into_iter().filter(|method| method == "PATCH");
    assert_eq!(patches.count(), 2);
}

#[tokio::test]
async fn a_refused_connection_is_unreachable_and_the_next_call_connects_again() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world.server.refuse().await;
    let reason = unreachable(world.read().await);
    assert!(reason.contains("refused"), "{reason}");
    unreachable(world.write(&seen, &write(20, 1, "r1")).await);
    world.server.recover();
    assert_eq!(
        world
            .write(&seen, &write(20, 1, "r1"))
            .await
            .unwrap()
            .canary_weight,
        20
    );
}

/// How long `call` takes that the server has taken and does not answer: its time passes at once.
async fn bound_of<T>(world: &World, method: &str, call: impl Future<Output = T>) -> (Duration, T) {
    let sent = until("sent", async || {
        world.asked().iter().any(|asked| asked == method).then_some(())
    });
    tokio::pin!(call);
    tokio::select! {
        biased;
        _ = &mut call => panic!("answered"),
        () = sent => {}
    }
    // Nothing is on its way any more: what is left of the call is waiting.
    tokio::time::pause();
    let watch = Stopwatch::start();
    let outcome = call.await;
    (watch.elapsed(), outcome)
}

#[tokio::test]
async fn a_read_that_is_not_answered_is_given_up_after_five_seconds() {
    let world = world().await;
    world.server.hang();
    let (took, outcome) = bound_of(&world, "GET", world.read()).await;
    assert_eq!(unreachable(outcome), "no answer from the API server within 5 s");
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[tokio::test]
async fn a_write_that_is_not_answered_is_unknown_after_ten_seconds_and_may_yet_happen() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world.server.hang_writes();
    let raise = write(20, 1, "r1");
    let (took, outcome) = bound_of(&world, "PATCH", world.write(&seen, &raise)).await;
    assert_eq!(unknown(outcome), "no answer from the API server within 10 s");
    assert!(took < Duration::from_secs(11), "{took:?}");
    assert_eq!(weight(&world), 5);

    tokio::time::resume();
    world.server.recover();
    world.server.settled().await;
    assert_eq!(weight(&world), 20);
}

#[tokio::test]
async fn a_late_raise_cannot_undo_an_abort_that_came_after_it() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world.server.hang_writes();
    let raise = write(50, 1, "r1");
    let (_, outcome) = bound_of(&world, "PATCH", world.write(&seen, &raise)).await;
    unknown(outcome);
    tokio::time::resume();
    // Another daemon aborts past the stuck server.
    world.server.edit(PLURAL, "shop", "basket", |object| {
        object["spec"]["http"] = json!([split(100, 0)]);
        object["metadata"]["annotations"] =
            json!({"serin.dev/epoch": "2", "serin.dev/rollout": "r1", "serin.dev/aborted": "r1"});
    });
    world.server.recover();
    world.server.settled().await;
    let after = world.read().await.unwrap();
    let again = world.write(&after, &abort(3, "r1")).await.unwrap();
    assert_eq!((again.canary_weight, again.epoch), (0, 3));
    let raised = world.server.history(PLURAL, "shop", "basket");
    let weights: Vec<_> = raised
        .iter()
        .map(|commit| commit.object["spec"]["http"][0]["route"][1]["weight"].clone())
        .collect();
    assert_eq!(weights, [json!(5), json!(0), json!(0)]);
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_its_words() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    for (code, words) in [
        (
            403,
            "the API server answered 403: virtualservices.networking.istio.io \"basket\" is forbidden: User \"system:serviceaccount:serin:serin\" cannot patch resource",
        ),
        (
            422,
            "the API server answered 422: denied by ValidatingAdmissionPolicy",
        ),
    ] {
        world.server.fail_writes_with(code);
        let reason = refusal(world.write(&seen, &write(20, 1, "r1")).await);
        assert!(reason.starts_with(words), "{reason}");
    }
}

#[tokio::test]
async fn who_may_not_read_is_told_by_name() {
    let world = world().await;
    let alice = VirtualServices::new(&Cluster::new(world.server.access_of(ALICE)));
    let reason = refusal(alice.read(&world.canary).await);
    assert!(reason.contains("User \"alice\" cannot get resource"), "{reason}");
    let nobody = VirtualServices::new(&Cluster::new(world.server.access_of("expired")));
    assert_eq!(
        refusal(nobody.read(&world.canary).await),
        "the API server answered 401: Unauthorized"
    );
}

#[tokio::test]
async fn a_server_in_trouble_leaves_a_write_unknown_and_a_busy_one_has_not_begun_it() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    for code in [500, 503, 504] {
        world.server.fail_writes_with(code);
        unknown(world.write(&seen, &write(20, 1, "r1")).await);
        world.server.fail_with(code);
        unreachable(world.read().await);
        world.server.recover();
    }
    world.server.fail_writes_with(429);
    unreachable(world.write(&seen, &write(20, 1, "r1")).await);
    assert_eq!(world.versions(), 1);
}

#[tokio::test]
async fn an_object_or_a_kind_that_is_not_there_is_refused_with_where_to_look() {
    let world = World::empty().await;
    let expected = "expected it in the cluster, found none; hint: `kubectl get virtualservice -A`, and are Istio's CRDs installed?";
    assert_eq!(refusal(world.read().await), expected);
    world.server.put(service(json!([split(95, 5)])));
    world.server.without_kind(PLURAL);
    assert_eq!(refusal(world.read().await), expected);
}

#[tokio::test]
async fn an_object_that_is_deleted_meanwhile_is_refused_before_and_at_the_patch() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world
        .server
        .on_next_write(|store| store.remove(PLURAL, "shop", "basket"));
    let at_the_patch = refusal(world.write(&seen, &write(20, 1, "r1")).await);
    let before = refusal(world.write(&seen, &write(20, 1, "r1")).await);
    assert_eq!(at_the_patch, before);
    assert!(
        before.starts_with("expected it in the cluster, found none"),
        "{before}"
    );
}

#[tokio::test]
async fn one_that_is_deleted_and_made_again_is_another() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world.server.delete(PLURAL, "shop", "basket");
    world.server.put(service(json!([split(95, 5)])));
    assert_eq!(
        world.write(&seen, &write(20, 1, "r1")).await,
        Err(super::conflict())
    );
}

#[tokio::test]
async fn a_write_that_is_gone_when_it_is_read_back_is_unknown() {
    let world = world().await;
    let seen = world.read().await.unwrap();
    world
        .server
        .after_next_write(|store| store.remove(PLURAL, "shop", "basket"));
    let reason = unknown(world.write(&seen, &write(20, 1, "r1")).await);
    assert!(reason.starts_with("written, and not read back: "), "{reason}");
}

#[tokio::test]
async fn without_access_to_a_cluster_nothing_is_reachable_and_the_file_is_named() {
    let world = world().await;
    let nowhere = Access {
        kubeconfig: Some("/absent/kubeconfig".into()),
        context: None,
    };
    let services = VirtualServices::new(&Cluster::new(nowhere));
    let reason = unreachable(services.read(&world.canary).await);
    assert!(reason.contains("/absent/kubeconfig"), "{reason}");
    let other_context = Access {
        kubeconfig: Some(world.server.kubeconfig()),
        context: Some("absent".to_owned()),
    };
    let services = VirtualServices::new(&Cluster::new(other_context));
    let reason = unreachable(services.read(&world.canary).await);
    assert!(reason.contains("absent"), "{reason}");
}
