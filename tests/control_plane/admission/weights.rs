//! Weights and epochs.

use serde_json::{Value, json};

use super::shop::{Shop, mark, raising, set_weight};
use crate::control_plane::installed::installed;

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
