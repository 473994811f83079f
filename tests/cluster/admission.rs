//! The admission policy: the real server refuses Serin's own account what would be a mistake, rule by rule, and never an abort.

use serde_json::{Value, json};

use super::installed::{as_serin, installed};
use crate::world::cluster::{Cluster, MERGE_PATCH};

const FOLDER: &str = "/apis/networking.istio.io/v1/namespaces/default/virtualservices";

/// A VirtualService of a test's own. Its first route is somebody else's and sums to 120, its second is Serin's, its third has no
/// weights.
struct Shop<'a> {
    cluster: &'a Cluster,
    name: &'a str,
}

impl<'a> Shop<'a> {
    async fn open(cluster: &'a Cluster, name: &'a str, marks: &Value) -> Self {
        let object = json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": name, "annotations": marks, "labels": {"team": "orders"}},
            "spec": {"hosts": ["shop"], "http": [
                {"name": "foreign", "route": [
                    {"destination": {"host": "old", "subset": "a"}, "weight": 60},
                    {"destination": {"host": "old", "subset": "b"}, "weight": 60},
                ]},
                {"name": "primary", "timeout": "3s", "route": [
                    {"destination": {"host": "shop", "subset": "stable"}, "weight": 80},
                    {"destination": {"host": "shop", "subset": "canary"}, "weight": 20},
                ]},
                {"match": [{"uri": {"prefix": "/old"}}], "redirect": {"uri": "/new"}},
                {"route": [{"destination": {"host": "shop"}}]},
            ]},
        });
        cluster.api.create(FOLDER, &object).await;
        Self { cluster, name }
    }

    /// What the server says to this JSON patch of Serin's account; empty if it takes it.
    fn told(&self, patch: &Value) -> String {
        let patch = format!("--patch={patch}");
        let arguments = [
            "--namespace=default",
            "patch",
            "virtualservice",
            self.name,
            "--type=json",
            &patch,
        ];
        as_serin(self.cluster, &arguments).err().unwrap_or_default()
    }

    /// A patch of the weights of the second route, stable first, and of marks.
    fn weights(&self, stable: i32, canary: i32, marks: &[(&str, &str)]) -> String {
        self.told(&json!(
            [set_weight(1, 0, stable), set_weight(1, 1, canary)]
                .into_iter()
                .chain(marks.iter().map(mark))
                .collect::<Vec<_>>()
        ))
    }

    async fn get(&self) -> Value {
        self.cluster.api.get(&format!("{FOLDER}/{}", self.name)).await
    }
}

fn set_weight(route: usize, destination: usize, weight: i32) -> Value {
    json!({"op": "add", "path": format!("/spec/http/{route}/route/{destination}/weight"), "value": weight})
}

fn mark((name, value): &(&str, &str)) -> Value {
    json!({"op": "add", "path": format!("/metadata/annotations/serin.dev~1{name}"), "value": value})
}

/// As Serin left it while it raised.
fn raising() -> Value {
    json!({"serin.dev/epoch": "7", "serin.dev/rollout": "r1", "owner": "the orders team"})
}

/// As Serin left it when it aborted.
fn aborted() -> Value {
    json!({"serin.dev/epoch": "7", "serin.dev/rollout": "r1", "serin.dev/aborted": "r1"})
}

#[tokio::test]
async fn a_raise_at_the_next_epoch_is_let_through() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "raised", &raising()).await;
    assert_eq!(shop.weights(50, 50, &[("epoch", "8")]), "");
    assert_eq!(shop.get().await["spec"]["http"][1]["route"][1]["weight"], 50);
}

#[tokio::test]
async fn the_first_write_brings_the_marks() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "unmarked", &Value::Null).await;
    let marks = json!({"op": "add", "path": "/metadata/annotations", "value": {"serin.dev/epoch": "1", "serin.dev/rollout": "r1"}});
    assert_eq!(
        shop.told(&json!([set_weight(1, 0, 100), set_weight(1, 1, 0), marks])),
        ""
    );
}

#[tokio::test]
async fn weights_out_of_range_or_sum_are_refused() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "sums", &raising()).await;
    for (stable, canary) in [(80, 30), (60, 30), (105, -5), (0, 0), (101, -1)] {
        let said = shop.weights(stable, canary, &[("epoch", "8")]);
        assert!(said.contains("sum to 100"), "{stable}/{canary}: {said}");
    }
}

#[tokio::test]
async fn an_epoch_that_does_not_rise_is_refused() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "epochs", &raising()).await;
    assert!(shop.weights(50, 50, &[]).contains("rises with every change"));
    assert!(
        shop.weights(50, 50, &[("epoch", "7")])
            .contains("rises with every change")
    );
    assert!(
        shop.weights(50, 50, &[("epoch", "6")])
            .contains("it is 7, and 6 is older")
    );
    for older in [
        json!([mark(&("epoch", "6"))]),
        json!([{"op": "remove", "path": "/metadata/annotations/serin.dev~1epoch"}]),
    ] {
        let said = shop.told(&older);
        assert!(said.contains("never goes back"), "{older}: {said}");
    }
    for none in ["+9", "09", "9.5", "-9", "", "nine"] {
        let said = shop.weights(50, 50, &[("epoch", none)]);
        assert!(said.contains("a whole number in digits"), "{none}: {said}");
    }
    // A fence alone: nothing but the epoch.
    assert_eq!(shop.told(&json!([mark(&("epoch", "8"))])), "");
}

#[tokio::test]
async fn nothing_but_weights_and_its_own_marks_can_change() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "fields", &raising()).await;
    let epoch = mark(&("epoch", "8"));
    for (change, said) in [
        (
            json!({"op": "add", "path": "/spec/http/-", "value": {"route": [{"destination": {"host": "new"}}]}}),
            "no route",
        ),
        (json!({"op": "remove", "path": "/spec/http/0"}), "no route"),
        (json!({"op": "remove", "path": "/spec/http"}), "no route"),
        (
            json!({"op": "add", "path": "/spec/http/1/route/-", "value": {"destination": {"host": "new"}}}),
            "no destination",
        ),
        (
            json!({"op": "remove", "path": "/spec/http/1/route/0"}),
            "no destination",
        ),
        (
            json!({"op": "remove", "path": "/spec/http/0/route"}),
            "no destination",
        ),
        (
            json!({"op": "move", "from": "/spec/http/1", "path": "/spec/http/0"}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/http/1/timeout", "value": "30s"}),
            "but its weights",
        ),
        (
            json!({"op": "remove", "path": "/spec/http/1/timeout"}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/http/1/retries", "value": {"attempts": 3}}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/http/2/redirect/uri", "value": "/newer"}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/http/1/route/0/destination/host", "value": "evil"}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/http/1/route/0/headers", "value": {}}),
            "but its weights",
        ),
        (
            json!({"op": "add", "path": "/spec/hosts/0", "value": "evil"}),
            "of a VirtualService's spec",
        ),
        (
            json!({"op": "remove", "path": "/spec/hosts"}),
            "of a VirtualService's spec",
        ),
        (
            json!({"op": "add", "path": "/spec/gateways", "value": ["mesh"]}),
            "of a VirtualService's spec",
        ),
        (
            json!({"op": "add", "path": "/spec/tcp", "value": [{"route": [{"destination": {"host": "db"}}]}]}),
            "of a VirtualService's spec",
        ),
        (
            json!({"op": "add", "path": "/metadata/annotations/owner", "value": "serin"}),
            "no annotations but its own",
        ),
        (
            json!({"op": "add", "path": "/metadata/annotations/new", "value": "serin"}),
            "no annotations but its own",
        ),
        (
            json!({"op": "remove", "path": "/metadata/annotations/owner"}),
            "no annotations but its own",
        ),
        (
            json!({"op": "add", "path": "/metadata/labels/team", "value": "serin"}),
            "no labels",
        ),
        (json!({"op": "remove", "path": "/metadata/labels"}), "no labels"),
        (
            json!({"op": "add", "path": "/metadata/finalizers", "value": ["serin.dev/hold"]}),
            "no labels, finalizers",
        ),
    ] {
        let told = shop.told(&json!([change, epoch]));
        assert!(told.contains(said), "{change}: {told}");
    }
}

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

#[tokio::test]
async fn everybody_else_writes_what_they_like() {
    let cluster = installed().await;
    let shop = Shop::open(&cluster, "foreign", &raising()).await;
    let patch = format!(
        "--patch={}",
        json!([set_weight(1, 0, 70), {"op": "remove", "path": "/metadata/annotations/serin.dev~1epoch"}])
    );
    cluster.kubectl(&[
        "--namespace=default",
        "patch",
        "virtualservice",
        shop.name,
        "--type=json",
        &patch,
    ]);
}
