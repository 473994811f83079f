//! Edits in the text of a manifest: the bytes of the entries, and no others.

use serin::engine::TrafficWrite;
use serin::traffic::manifest::Manifest;
use serin::traffic::virtual_service::{RouteSelector, find};

use super::{EDGE, SHOP, abort, subset, write};

fn edited(text: &str, namespace: &str, name: &str, write: &TrafficWrite) -> Result<String, String> {
    let (stable, canary) = (subset("stable"), subset("canary"));
    let selector = RouteSelector {
        namespace,
        route: None,
        stable: &stable,
        canary: &canary,
    };
    let manifest = Manifest::find(text, namespace, name).map_err(|error| error.to_string())?;
    let route = find(manifest.object(), &selector).map_err(|error| error.to_string())?;
    let edits = route.edits(write).map_err(|error| error.to_string())?;
    manifest.with(&edits).map_err(|error| error.to_string())
}

#[test]
fn a_manifest_without_annotations_gets_them_and_keeps_its_comments() {
    let expected = SHOP
        .replace("weight: 95 # the rest", "weight: 80 # the rest")
        .replace("weight: 5\n", "weight: 20\n")
        .replacen(
            "  name: basket\n",
            "  annotations:\n    serin.dev/epoch: \"1\"\n    serin.dev/rollout: \"r1\"\n  name: basket\n",
            1,
        );
    assert_eq!(
        edited(SHOP, "shop", "basket", &write(20, 1, "r1")).unwrap(),
        expected
    );
}

#[test]
fn a_manifest_with_annotations_and_a_missing_weight_gets_only_the_new_entries() {
    let expected = EDGE
        .replace("weight: 100", "weight: 75")
        .replace(
            "        - destination:\n            host: edge\n            subset: canary\n",
            "        - weight: 25\n          destination:\n            host: edge\n            subset: canary\n",
        )
        .replace(
            "    team: on-call",
            "    serin.dev/rollout: \"r1\"\n    serin.dev/epoch: \"1\"\n    team: on-call",
        );
    assert_eq!(
        edited(EDGE, "frontier", "edge", &write(25, 1, "r1")).unwrap(),
        expected
    );
}

#[test]
fn marks_come_and_go_and_leave_no_trace() {
    let aborted = edited(SHOP, "shop", "basket", &abort(1, "r1")).unwrap();
    let anew = edited(&aborted, "shop", "basket", &write(5, 2, "r2")).unwrap();
    let direct = edited(SHOP, "shop", "basket", &write(5, 2, "r2")).unwrap();
    assert_eq!(anew, direct);
}

#[test]
fn windows_line_ends_stay() {
    let text = SHOP.replace('\n', "\r\n");
    let expected = edited(SHOP, "shop", "basket", &abort(1, "r1"))
        .unwrap()
        .replace('\n', "\r\n");
    assert_eq!(
        edited(&text, "shop", "basket", &abort(1, "r1")).unwrap(),
        expected
    );
}

/// A VirtualService whose metadata and route are written as given.
fn service(metadata: &str, route: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\n{metadata}\nspec:\n  http:\n  - route: {route}\n"
    )
}

const ROUTE: &str = "[{destination: {host: a, subset: stable}, weight: 95}, {destination: {host: a, subset: canary}, weight: 5}]";

#[test]
fn flow_style_is_edited_in_flow_style() {
    let text = service("metadata: {name: a, annotations: {}}", ROUTE);
    let expected = service(
        "metadata: {name: a, annotations: {\"serin.dev/rollout\": \"r1\", \"serin.dev/epoch\": \"1\"}}",
        &ROUTE.replace("95", "100").replace("weight: 5", "weight: 0"),
    );
    let written = edited(&text, "shop", "a", &write(0, 1, "r1")).unwrap();
    assert_eq!(written, expected);

    let aborted = edited(&text, "shop", "a", &abort(1, "r1")).unwrap();
    let anew = edited(&aborted, "shop", "a", &write(0, 2, "r2")).unwrap();
    assert_eq!(
        anew,
        expected.replace("\"r1\"", "\"r2\"").replace("\"1\"", "\"2\"")
    );
}

#[test]
fn json_is_yaml_too() {
    let text = r#"{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"a"},
        "spec":{"http":[{"route":[{"destination":{"host":"a","subset":"stable"},"weight":95},
        {"destination":{"host":"a","subset":"canary"},"weight":5}]}]}}"#;
    let written = edited(text, "shop", "a", &write(1, 1, "r1")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(value["metadata"]["annotations"]["serin.dev/epoch"], "1");
    assert_eq!(value["spec"]["http"][0]["route"][1]["weight"], 1);
}

#[test]
fn empty_annotations_and_weights_are_filled() {
    let route = ROUTE
        .replace("weight: 95", "weight: 100")
        .replace("weight: 5", "weight: ");
    let text = service("metadata:\n  annotations: # none yet\n  name: a", &route);
    let written = edited(&text, "shop", "a", &write(5, 1, "r1")).unwrap();
    let expected = service(
        "metadata:\n  annotations: {\"serin.dev/epoch\": \"1\", \"serin.dev/rollout\": \"r1\"} # none yet\n  name: a",
        &ROUTE.replace("weight: 5", "weight: 5 "),
    );
    assert_eq!(written, expected);
}

#[test]
fn scalars_that_readers_disagree_about_keep_their_spelling() {
    let odd =
        "  labels: {mode: 0755, big: 123456789012345678901234567890, on: yes, v: 1.10, t: 2024-01-01, n: ~}";
    let text = service(&format!("metadata:\n{odd}\n  name: a"), ROUTE);
    assert!(edited(&text, "shop", "a", &abort(1, "r1")).unwrap().contains(odd));
}

#[test]
fn anchors_and_tags_elsewhere_stay() {
    let text = service(
        "metadata:\n  labels: &l {a: !!str 1}\n  more: *l\n  name: a",
        ROUTE,
    );
    let written = edited(&text, "shop", "a", &abort(1, "r1")).unwrap();
    assert!(written.contains("labels: &l {a: !!str 1}\n  more: *l\n"));
}

#[test]
fn what_cannot_be_edited_by_itself_is_refused() {
    let by_alias = service("metadata: {name: a}\nhere: &r\n- 1", "*r").replace("- 1", &format!("  {ROUTE}"));
    assert_eq!(
        edited(&by_alias, "shop", "a", &abort(1, "r1")).unwrap_err(),
        "/spec/http/0/route/0/weight: expected a value that can be edited in place, \
         but it is not written out in place (an alias or a merge key may bring it); hint: write it out in place"
    );
    let anchored = service("metadata: {name: a}", &ROUTE.replace("95", "&w 95")) + "copy: *w\n";
    assert_eq!(
        edited(&anchored, "shop", "a", &abort(1, "r1")).unwrap_err(),
        "expected a manifest in which weights and annotations can be edited by themselves, \
         but an edit would change something else too; \
         hint: replace anchors, aliases, merge keys and tags near them by what they stand for"
    );
    let merged = service(
        "base: &m {annotations: {serin.dev/epoch: \"3\"}}\nmetadata: {name: a, <<: *m}",
        ROUTE,
    );
    assert!(
        edited(&merged, "shop", "a", &abort(4, "r1"))
            .unwrap_err()
            .contains("alias or a merge key")
    );
    let block = service(
        "metadata:\n  name: a\n  annotations:\n    serin.dev/epoch: |-\n      3\n    z: \"\"",
        ROUTE,
    );
    assert_eq!(
        edited(&block, "shop", "a", &abort(4, "r1")).unwrap_err(),
        "/metadata/annotations/serin.dev~1epoch: expected a value that can be edited in place, \
         but its value is a block scalar, an alias or a collection; hint: write it out in place"
    );
    let complex_key =
        service("metadata: {name: a}", ROUTE).replace("metadata: {name: a}", "metadata:\n  ? name\n  : a");
    assert!(edited(&complex_key, "shop", "a", &abort(1, "r1")).is_err());
}

#[test]
fn a_manifest_without_the_service_or_with_two_is_refused() {
    let reason = |text: &str, name: &str| edited(text, "shop", name, &abort(1, "r1")).unwrap_err();
    assert_eq!(
        reason(SHOP, "checkout"),
        "expected the VirtualService in the file, found shop/basket; \
         hint: check metadata.name and metadata.namespace"
    );
    assert_eq!(
        reason("kind: ConfigMap\n", "basket"),
        "expected the VirtualService in the file, found no VirtualService; \
         hint: check metadata.name and metadata.namespace"
    );
    assert_eq!(
        reason(&format!("{SHOP}---\n{SHOP}"), "basket"),
        "expected the VirtualService once in the file, found it at line 3 and at line 43; \
         hint: remove one, nobody can tell which of them counts"
    );
    let elsewhere = SHOP.replace("namespace: shop", "namespace: market");
    assert!(reason(&elsewhere, "basket").contains("found market/basket"));
}

#[test]
fn malformed_yaml_is_refused_with_its_line() {
    let reason = |text: &str| edited(text, "shop", "basket", &abort(1, "r1")).unwrap_err();
    let open = reason(&SHOP.replace("exact: \"true\"", "exact: \"true"));
    assert!(open.starts_with("expected YAML documents, found: "), "{open}");
    let twice = reason(&format!(
        "# one\n---\n{}",
        SHOP.replace("  hosts:\n", "  http: []\n  hosts:\n")
    ));
    assert!(
        twice.starts_with("expected a VirtualService, found: duplicate mapping key: http"),
        "{twice}"
    );
    assert!(twice.contains("line 14"), "{twice}");
}

#[test]
fn another_document_may_be_anything_that_is_yaml() {
    let odd = "---\na: .nan\na: [&x 1, *x, !tag {? complex : key}]\n";
    let written = edited(&format!("{SHOP}{odd}"), "shop", "basket", &abort(1, "r1")).unwrap();
    assert!(written.ends_with(odd));
}
