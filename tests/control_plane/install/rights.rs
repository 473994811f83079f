//! Rights that are enough, and no more.

use serde_json::Value;

use super::may::{FORBIDDEN, NEEDED, may, may_lease};
use super::overlays::without_the_clusters_own;
use crate::control_plane::installed::{apply, as_serin, installed, rendered_own};
use crate::world::patience::until;

#[tokio::test]
async fn serin_may_do_what_it_does_and_nothing_else() {
    let cluster = installed().await;
    for (verb, resource) in NEEDED {
        assert!(
            may(&cluster, "serin:serin", verb, resource, "default"),
            "{verb} {resource}"
        );
    }
    for (verb, resource) in FORBIDDEN {
        for namespace in ["default", "serin", "kube-system"] {
            let may = may(&cluster, "serin:serin", verb, resource, namespace);
            assert!(!may, "{verb} {resource} in {namespace}");
        }
    }
}

#[tokio::test]
async fn its_lease_is_the_one_of_its_own_namespace() {
    let cluster = installed().await;
    for verb in ["get", "update", "patch"] {
        assert!(may_lease(&cluster, verb, "serin", "serin"), "{verb}");
        assert!(!may_lease(&cluster, verb, "serin", "default"), "{verb} elsewhere");
        assert!(!may_lease(&cluster, verb, "other", "serin"), "{verb} another's");
    }
    let leases = "leases.coordination.k8s.io";
    assert!(may(&cluster, "serin:serin", "create", leases, "serin"));
    assert!(!may(&cluster, "serin:serin", "create", leases, "default"));
    assert!(!may_lease(&cluster, "delete", "serin", "serin"));
}

#[tokio::test]
async fn with_a_role_instead_it_sees_its_own_namespace_alone() {
    let cluster = installed().await;
    let own = "namespace: shop\nresources: [\"{deploy}/overlays/standalone\"]\ncomponents: [\"{deploy}/components/namespace-role\"]\n";
    let manifests = rendered_own(own);
    cluster.kubectl(&["create", "namespace", "shop"]);
    apply(&cluster, &without_the_clusters_own(&manifests));
    for (verb, resource) in NEEDED {
        assert!(
            may(&cluster, "shop:serin", verb, resource, "shop"),
            "{verb} {resource}"
        );
        assert!(
            !may(&cluster, "shop:serin", verb, resource, "default"),
            "{verb} {resource} elsewhere"
        );
    }
    for (verb, resource) in FORBIDDEN {
        assert!(
            !may(&cluster, "shop:serin", verb, resource, "shop"),
            "{verb} {resource}"
        );
    }
    // It would be refused a list of all namespaces: so it is told to ask for none.
    assert!(manifests.contains("SERIN_KUBERNETES_NAMESPACE"));
    let kinds: Vec<Value> = serde_saphyr::from_multiple(&manifests).unwrap();
    for foreign in ["ClusterRoleBinding", "Namespace"] {
        assert!(
            !kinds.iter().any(|document| document["kind"] == foreign),
            "{foreign}"
        );
    }
}

#[tokio::test]
async fn people_who_may_edit_a_namespace_may_edit_its_canaries_and_not_their_status() {
    let cluster = installed().await;
    cluster.kubectl(&["create", "namespace", "people"]);
    for (name, role) in [("viewer", "view"), ("editor", "edit")] {
        let who = format!("--serviceaccount=people:{name}");
        let role = format!("--clusterrole={role}");
        cluster.kubectl(&["--namespace=people", "create", "serviceaccount", name]);
        cluster.kubectl(&["--namespace=people", "create", "rolebinding", name, &role, &who]);
    }
    let may = |name: &str, verb: &str, resource: &str| {
        may(&cluster, &format!("people:{name}"), verb, resource, "people")
    };
    until("aggregated", async || {
        may("viewer", "get", "canaries.serin.dev").then_some(())
    })
    .await;
    assert!(!may("viewer", "patch", "canaries.serin.dev"));
    assert!(may("editor", "create", "canaries.serin.dev"));
    assert!(may("editor", "delete", "analysistemplates.serin.dev"));
    assert!(!may("editor", "patch", "canaries.serin.dev/status"));
}

#[tokio::test]
async fn its_token_is_refused_what_it_may_not() {
    let cluster = installed().await;
    let said = as_serin(&cluster, &["get", "secrets"]).unwrap_err();
    assert!(said.contains("Forbidden"), "{said}");
    as_serin(&cluster, &["get", "canaries", "--all-namespaces"]).unwrap();
}
