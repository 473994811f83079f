//! The manifests in `deploy/`: taken as they are, by a namespace that enforces the strictest rules for pods, with rights that
//! are enough and no more.

use serde_json::Value;

use super::installed::{apply, as_serin, got, installed, rendered_own, shipped};
use crate::world::cluster::Cluster;
use crate::world::patience::until;

#[tokio::test]
async fn the_standalone_overlay_runs_one_replica_on_a_volume() {
    let cluster = installed().await;
    cluster.until_rolled_out("serin", "serin").await;
    let claim = got(&cluster, &["--namespace=serin", "persistentvolumeclaim", "serin"]);
    assert_eq!(claim["status"]["phase"], "Bound");
    let deployment = got(&cluster, &["--namespace=serin", "deployment", "serin"]);
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    assert_eq!(deployment["status"]["readyReplicas"], 1);
}

#[tokio::test]
async fn the_replicated_overlay_runs_two_of_which_one_may_be_away() {
    let cluster = installed().await;
    let elsewhere = "namespace: serin-replicated\nresources: [\"{deploy}/overlays/replicated\"]\n";
    cluster.kubectl(&["create", "namespace", "serin-replicated"]);
    apply(&cluster, &without_the_clusters_own(&rendered_own(elsewhere)));
    cluster.until_rolled_out("serin-replicated", "serin").await;
    let deployment = got(&cluster, &["--namespace=serin-replicated", "deployment", "serin"]);
    assert_eq!(deployment["status"]["readyReplicas"], 2);
    let budget = got(
        &cluster,
        &["--namespace=serin-replicated", "poddisruptionbudget", "serin"],
    );
    assert_eq!(budget["spec"]["maxUnavailable"], 1);
    assert!(!shipped("replicated").contains("PersistentVolumeClaim"));
}

/// What is in a namespace, of a whole overlay: a cluster has the rest once.
fn without_the_clusters_own(manifests: &str) -> String {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifests).unwrap();
    let own = documents
        .iter()
        .filter(|document| document["metadata"]["namespace"].is_string());
    let lines: Vec<String> = own.map(Value::to_string).collect();
    assert!(lines.len() > 5, "{manifests}");
    lines.join("\n---\n")
}

/// Whether a service account (`namespace:name`) may do something to a resource or a part of it in a namespace.
fn may(cluster: &Cluster, account: &str, verb: &str, resource: &str, namespace: &str) -> bool {
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    can_i(
        cluster,
        account,
        namespace,
        &[verb, resource, "--subresource", part],
    )
}

/// Whether it may do something to the Lease of a name.
fn may_lease(cluster: &Cluster, verb: &str, name: &str, namespace: &str) -> bool {
    let lease = format!("leases.coordination.k8s.io/{name}");
    can_i(cluster, "serin:serin", namespace, &[verb, &lease])
}

fn can_i(cluster: &Cluster, account: &str, namespace: &str, what: &[&str]) -> bool {
    let who = format!("--as=system:serviceaccount:{account}");
    let namespace = format!("--namespace={namespace}");
    let mut arguments = vec!["auth", "can-i", &who, &namespace];
    arguments.extend(what);
    // It fails where it says no, and then says it too.
    match cluster.try_kubectl(&arguments) {
        Ok(said) => said.starts_with("yes"),
        Err(said) => {
            assert!(said.starts_with("exit status: 1: "), "{arguments:?}: {said}");
            false
        }
    }
}

/// What the daemon does, in the namespaces that it looks after.
const NEEDED: [(&str, &str); 22] = [
    ("get", "canaries.serin.dev"),
    ("list", "canaries.serin.dev"),
    ("watch", "canaries.serin.dev"),
    ("patch", "canaries.serin.dev"),
    ("patch", "canaries.serin.dev/status"),
    ("list", "analysistemplates.serin.dev"),
    ("watch", "analysistemplates.serin.dev"),
    ("patch", "analysistemplates.serin.dev/status"),
    ("get", "virtualservices.networking.istio.io"),
    ("patch", "virtualservices.networking.istio.io"),
    ("get", "deployments.apps"),
    ("list", "deployments.apps"),
    ("watch", "deployments.apps"),
    ("patch", "deployments.apps"),
    ("list", "replicasets.apps"),
    ("get", "pods"),
    ("list", "pods"),
    ("list", "horizontalpodautoscalers.autoscaling"),
    ("create", "events"),
    ("patch", "events"),
    ("create", "events.events.k8s.io"),
    ("patch", "events.events.k8s.io"),
];

/// What it must not be able to do, whatever goes wrong with it.
const FORBIDDEN: [(&str, &str); 30] = [
    ("get", "secrets"),
    ("list", "secrets"),
    ("watch", "secrets"),
    ("create", "secrets"),
    ("get", "configmaps"),
    ("create", "virtualservices.networking.istio.io"),
    ("update", "virtualservices.networking.istio.io"),
    ("delete", "virtualservices.networking.istio.io"),
    ("deletecollection", "virtualservices.networking.istio.io"),
    ("patch", "destinationrules.networking.istio.io"),
    ("create", "canaries.serin.dev"),
    ("update", "canaries.serin.dev"),
    ("delete", "canaries.serin.dev"),
    ("patch", "analysistemplates.serin.dev"),
    ("delete", "analysistemplates.serin.dev"),
    ("create", "deployments.apps"),
    ("update", "deployments.apps"),
    ("delete", "deployments.apps"),
    ("patch", "statefulsets.apps"),
    ("create", "pods"),
    ("patch", "pods"),
    ("delete", "pods"),
    ("create", "pods/exec"),
    ("create", "pods/eviction"),
    ("patch", "horizontalpodautoscalers.autoscaling"),
    ("delete", "events"),
    ("create", "serviceaccounts/token"),
    ("impersonate", "users"),
    ("create", "rolebindings.rbac.authorization.k8s.io"),
    (
        "patch",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
    ),
];

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
    assert!(
        !kinds
            .iter()
            .any(|document| document["kind"] == "ClusterRoleBinding")
    );
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
