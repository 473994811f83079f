use super::*;

fn deployment(selector: &Value, template: &Value) -> Deployment {
    json!({"spec": {"selector": selector, "template": template}}).into()
}

/// Stable and canary of one service, told apart by `track`.
fn copy(own: &Value, new: &Value) -> Value {
    let stable = deployment(&json!({"matchLabels": {"app": "shop", "track": "stable"}}), own);
    let canary = deployment(&json!({"matchLabels": {"app": "shop", "track": "canary"}}), new);
    copied(&stable, &canary)
}

fn labelled(labels: &Value) -> Value {
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "shop:1"}]}})
}

#[test]
fn the_whole_spec_is_the_canarys() {
    let mut new = labelled(&json!({"app": "shop", "track": "canary"}));
    new["spec"] = json!({"containers": [{"name": "app", "image": "shop:2"}], "aFieldOfTomorrow": {"x": [1]}});
    let copied = copy(&labelled(&json!({"app": "shop", "track": "stable"})), &new);
    assert_eq!(copied["spec"], new["spec"]);
}

#[test]
fn stable_keeps_its_labels_and_gains_those_it_does_not_have() {
    let own = labelled(&json!({"app": "shop", "track": "stable", "version": "stable", "team": "a"}));
    let new = labelled(&json!({"app": "shop", "track": "canary", "version": "canary", "inject": "true"}));
    assert_eq!(
        copy(&own, &new)["metadata"]["labels"],
        json!({"app": "shop", "track": "stable", "version": "stable", "team": "a", "inject": "true"})
    );
}

#[test]
fn a_label_that_makes_a_pod_the_canarys_is_not_copied() {
    let stable = deployment(
        &json!({"matchLabels": {"app": "shop"}}),
        &labelled(&json!({"app": "shop"})),
    );
    let selector = json!({
        "matchLabels": {"app": "shop-canary"},
        "matchExpressions": [{"key": "track", "operator": "In", "values": ["canary"]}],
    });
    let new = labelled(&json!({"app": "shop-canary", "track": "canary"}));
    let copied = copied(&stable, &deployment(&selector, &new));
    assert_eq!(copied["metadata"]["labels"], json!({"app": "shop"}));
}

#[test]
fn annotations_are_the_canarys_but_for_the_time_of_a_restart() {
    let annotated =
        |annotations: &Value| json!({"metadata": {"labels": {"app": "shop"}, "annotations": annotations}});
    let own =
        annotated(&json!({"checksum/config": "1", "gone": "yes", RESTARTED_AT: "2026-01-01T00:00:00Z"}));
    let new = annotated(&json!({"checksum/config": "2", RESTARTED_AT: "2026-02-02T00:00:00Z"}));
    assert_eq!(
        copy(&own, &new)["metadata"]["annotations"],
        json!({"checksum/config": "2", RESTARTED_AT: "2026-01-01T00:00:00Z"})
    );
}

#[test]
fn pods_keep_away_from_pods_of_their_own_arm() {
    let spread = |track: &str| {
        json!({
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                "weight": 100,
                "podAffinityTerm": {
                    "topologyKey": "kubernetes.io/hostname",
                    "labelSelector": {"matchLabels": {"app": "shop", "track": track}},
                },
            }]}},
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "labelSelector": {"matchExpressions": [
                    {"key": "track", "operator": "In", "values": [track, "other"]},
                    {"key": "app", "operator": "Exists"},
                ]},
            }],
            "containers": [{"name": "canary", "image": "canary"}],
        })
    };
    let mut new = labelled(&json!({"app": "shop", "track": "canary"}));
    new["spec"] = spread("canary");
    let copied = copy(&labelled(&json!({"app": "shop", "track": "stable"})), &new);
    assert_eq!(copied["spec"], spread("stable"));
}

#[test]
fn a_restart_is_no_new_version_and_another_image_is() {
    let one =
        json!({"metadata": {"labels": {"app": "shop"}, "creationTimestamp": null}, "spec": {"a": 1, "b": 2}});
    let restarted = json!({
        "spec": {"b": 2, "a": 1},
        "metadata": {"annotations": {RESTARTED_AT: "now"}, "labels": {"pod-template-hash": "5d", "app": "shop"}},
    });
    assert!(same(&one, &restarted));
    assert_eq!(hash(&one), hash(&restarted));
    let other = json!({"metadata": {"labels": {"app": "shop"}}, "spec": {"a": 1, "b": 3}});
    assert!(!same(&one, &other));
    assert_ne!(hash(&one), hash(&other));
}

#[test]
fn a_copy_of_a_copy_changes_nothing() {
    let own = labelled(&json!({"app": "shop", "track": "stable"}));
    let mut new = labelled(&json!({"app": "shop", "track": "canary", "inject": "true"}));
    new["spec"]["containers"][0]["image"] = json!("shop:2");
    let once = copy(&own, &new);
    assert!(same(&copy(&once, &new), &once));
}
