//! `serin check` of Canaries that move a VirtualService in a cluster, with its manifests among the files.

use std::fs;

use serin::spec::{CheckedCanary, Scaling, check};
use tempfile::TempDir;

use super::command::serin;
use crate::world::canary::document_with;

/// The Canary's workloads and its place in the mesh, and templates that are built in.
const FIELDS: &str =
    "workloads: {stable: {kind: Deployment, name: shop}, canary: {kind: Deployment, name: shop-canary}}
traffic: {istio: {virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}
analysis: {metrics: [{template: istio-success-rate}]}";

const ROUTES: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - route:
    - {destination: {host: shop, subset: stable}, weight: 95}
    - {destination: {host: shop, subset: canary}, weight: 5}
";

/// A DestinationRule of a host whose subsets have these labels.
fn rule(host: &str, stable: &str, canary: &str) -> String {
    format!(
        "---
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata: {{name: rule, namespace: default}}
spec:
  host: {host}
  subsets:
  - {{name: stable, labels: {{{stable}}}}}
  - {{name: canary, labels: {{{canary}}}}}
"
    )
}

/// A folder with a Canary of these fields and whatever is beside it.
fn folder(fields: &str, beside: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("canary.yaml"), document_with(fields)).unwrap();
    fs::write(folder.path().join("mesh.yaml"), beside).unwrap();
    folder
}

/// What `serin check .` says on stderr, where it finds no problem.
fn noted(fields: &str, beside: &str) -> String {
    let (code, stdout, stderr) = serin(folder(fields, beside).path(), &["check", "."]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("moves VirtualService default/shop in the cluster"),
        "{stdout}"
    );
    stderr
}

#[test]
fn what_a_canary_works_with_is_no_stranger_beside_it() {
    let beside = ROUTES.to_owned() + &rule("shop", "track: stable", "track: canary");
    assert_eq!(noted(FIELDS, &beside), "");
}

#[test]
fn a_canary_alone_is_fine() {
    assert_eq!(
        noted(FIELDS, "kind: Service\napiVersion: v1\n"),
        "note: ./mesh.yaml:1: passed over: Service of v1 is not Serin's\n"
    );
}

#[test]
fn a_route_that_cannot_be_moved_is_a_problem() {
    let folder = folder(FIELDS, &ROUTES.replace("weight: 95", "weight: 90"));
    let (code, stdout, stderr) = serin(folder.path(), &["check", "."]);
    assert!(
        stderr.starts_with(
            "error: ./canary.yaml: spec.traffic.istio.route: expected spec.http[0]: route: weights that sum to 100 (in ./mesh.yaml), found"
        ),
        "{stderr}"
    );
    assert!(!stdout.contains("default/shop"), "{stdout}");
    assert_eq!(code, 1);
}

#[test]
fn a_canary_in_a_cluster_may_be_scaled_and_others_scale_it_where_nothing_is_written() {
    let scaling = |fields: &str| checked(fields).scaling;
    assert_eq!(scaling(&format!("{FIELDS}\nscaling: auto")), Scaling::Auto);
    assert_eq!(scaling(FIELDS), Scaling::None);
}

fn checked(fields: &str) -> CheckedCanary {
    let document = document_with(fields);
    let mut canaries = check([("canary.yaml", document.as_str())]).unwrap();
    canaries.remove(0)
}

#[test]
fn an_object_that_stands_twice_in_a_file_is_a_problem() {
    let folder = folder(FIELDS, &format!("{ROUTES}---\n{ROUTES}"));
    let (code, _, stderr) = serin(folder.path(), &["check", "."]);
    assert!(
        stderr.contains(
            "spec.traffic.istio.virtualService: expected VirtualService default/shop in ./mesh.yaml"
        ),
        "{stderr}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_part_of_the_object_in_an_overlay_is_no_problem_beside_the_whole() {
    let folder = folder(FIELDS, ROUTES);
    let overlay = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\nspec: {hosts: [a]}\n";
    fs::write(folder.path().join("a-overlay.yaml"), overlay).unwrap();
    let (code, _, stderr) = serin(folder.path(), &["check", "."]);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn the_object_of_that_name_in_another_namespace_is_a_stranger() {
    let beside = ROUTES.replace("{name: shop}", "{name: shop, namespace: attic}");
    let beside = beside.replace("weight: 95", "weight: 90");
    assert_eq!(
        noted(FIELDS, &beside),
        "note: ./mesh.yaml:1: passed over: VirtualService of networking.istio.io/v1 is not Serin's\n"
    );
}

#[test]
fn a_route_that_pins_requests_to_the_canary_is_noted() {
    let testers = "  http:
  - match: [{headers: {x-tester: {exact: \"true\"}}}]
    route: [{destination: {host: shop, subset: canary}}]
";
    assert_eq!(
        noted(FIELDS, &ROUTES.replace("  http:\n", testers)),
        "note: ./canary.yaml:1: another route of shop also reaches the canary: its requests are counted, and it stays as it is after an abort\n"
    );
}

#[test]
fn subsets_by_version_are_noted_where_promotion_copies() {
    let expected = "note: ./canary.yaml:1: DestinationRule rule labels subsets by version (stable: `version: v1.2.2`, canary: `version: 2`): \
                    promotion by copy would leave the old label on the new code; \
                    hint: label them by what stays, `track: stable` and `track: canary`\n";
    for host in ["shop", "shop.default", "shop.default.svc.cluster.local"] {
        let beside = ROUTES.to_owned() + &rule(host, "version: v1.2.2", "version: 2");
        assert_eq!(noted(FIELDS, &beside), expected);
    }
    let without_route = rule("shop", "version: v1.2.2", "version: 2");
    assert_eq!(noted(FIELDS, &without_route), expected);

    let of_another = ROUTES.to_owned() + &rule("cart", "version: v1", "version: v2");
    assert_eq!(noted(FIELDS, &of_another), "");
    let stays = format!("{FIELDS}\npromotion: {{workload: none}}");
    let beside = ROUTES.to_owned() + &rule("shop", "version: v1", "version: v2");
    assert_eq!(noted(&stays, &beside), "");
}
