//! Everything that is not Serin's.

use serde_json::json;

use super::shop::{Shop, mark, raising};
use crate::control_plane::installed::installed;

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
