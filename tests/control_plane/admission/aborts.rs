//! Aborts: nothing stands in their way, and what was aborted stays so.

use serde_json::{Value, json};

use super::shop::{FOLDER, Shop, aborted, mark, raising, set_weight};
use crate::control_plane::installed::installed;
use crate::world::cluster::MERGE_PATCH;

#[tokio::test]
async fn an_abort_beside_a_foreign_route_that_sums_to_120_is_let_through() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "beside", &raising()).await;
    assert_eq!(shop.weights(100, 0, &[("epoch", "8"), ("aborted", "r1")]), "");
    let after = shop.get().await;
    assert_eq!(after["spec"]["http"][0]["route"][0]["weight"], 60);
    assert_eq!(after["spec"]["http"][1]["route"][1]["weight"], 0);
    assert_eq!(after["metadata"]["annotations"]["serin.dev/aborted"], "r1");
}

#[tokio::test]
async fn a_lowering_is_let_through_whatever_others_made_of_the_route() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "broken", &aborted()).await;
    for (number, (stable, canary)) in [(0, 100), (70, 70), (0, 0), (-5, 20)].into_iter().enumerate() {
        let broken = json!({"spec": {"http": [{"route": [
            {"destination": {"host": "shop", "subset": "stable"}, "weight": stable},
            {"destination": {"host": "shop", "subset": "canary"}, "weight": canary},
        ]}]}});
        let path = format!("{FOLDER}/broken");
        let (status, answer) = cluster.api.patch(&path, MERGE_PATCH, &broken).await;
        assert_eq!(status, 200, "{answer}");
        let epoch = (8 + number).to_string();
        let lowering = [
            set_weight(0, 0, 100),
            set_weight(0, 1, 0),
            mark(&("epoch", &epoch)),
        ];
        assert_eq!(shop.told(&json!(lowering)), "", "{stable}/{canary}");
    }
}

#[tokio::test]
async fn what_was_aborted_goes_no_step_up_and_keeps_its_mark() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "aborted", &aborted()).await;
    for canary in [1, 21, 50, 99] {
        let said = shop.weights(100 - canary, canary, &[("epoch", "8")]);
        assert!(said.contains("was aborted"), "{canary}: {said}");
    }
    let unmark = json!({"op": "remove", "path": "/metadata/annotations/serin.dev~1aborted"});
    let said = shop.told(&json!([
        set_weight(1, 0, 50),
        set_weight(1, 1, 50),
        mark(&("epoch", "8")),
        unmark
    ]));
    assert!(said.contains("stands until another rollout begins"), "{said}");
    // An abort that leaves a part of the traffic where it is.
    let half = Shop::open(&cluster, "half", &raising()).await;
    let said = half.weights(90, 10, &[("epoch", "8"), ("aborted", "r1")]);
    assert!(said.contains("was aborted"), "{said}");
}

#[tokio::test]
async fn the_next_rollout_takes_the_mark_off() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "next", &aborted()).await;
    let unmark = json!({"op": "remove", "path": "/metadata/annotations/serin.dev~1aborted"});
    let marks = [mark(&("epoch", "8")), mark(&("rollout", "r2")), unmark];
    let weights = [set_weight(1, 0, 95), set_weight(1, 1, 5)];
    assert_eq!(shop.told(&weights.into_iter().chain(marks).collect()), "");
}

#[tokio::test]
async fn a_malformed_epoch_of_others_holds_up_no_abort() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "malformed", &json!({"serin.dev/epoch": "seven"})).await;
    assert_eq!(
        shop.weights(100, 0, &[("epoch", "1"), ("rollout", "r1"), ("aborted", "r1")]),
        ""
    );
}

#[tokio::test]
async fn the_largest_object_that_the_server_stores_holds_up_no_abort() {
    let cluster = installed().await;
    let route = |number: usize| {
        json!({
            "name": format!("route-{number}"), "timeout": "3s",
            "match": [{"uri": {"prefix": format!("/some/longer/path/of/an/api/{number}")}, "headers": {"x-tenant": {"exact": "orders"}}}],
            "retries": {"attempts": 3, "perTryTimeout": "1s"},
            "headers": {"request": {"set": {"x-route": format!("{number}"), "x-more": "a".repeat(100)}}},
            "route": [
                {"destination": {"host": "shop", "subset": "stable"}, "weight": 80},
                {"destination": {"host": "shop", "subset": "canary"}, "weight": 20},
            ],
        })
    };
    // Managed fields come on top of it; etcd takes 1.5 MiB.
    let routes: Vec<Value> = (0..2_000).map(route).collect();
    let object = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "largest", "annotations": raising()},
        "spec": {"hosts": ["shop"], "http": routes},
    });
    assert!(object.to_string().len() > 800_000, "{}", object.to_string().len());
    cluster.api.create(FOLDER, &object).await;
    let shop = Shop {
        cluster: &cluster,
        name: "largest",
    };
    assert_eq!(shop.weights(100, 0, &[("epoch", "8"), ("aborted", "r1")]), "");
    // And the last of its rules was still asked.
    assert!(shop.weights(50, 50, &[("epoch", "9")]).contains("was aborted"));
}
