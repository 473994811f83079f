//! Who may do what, as the server says it.

use crate::world::cluster::Cluster;

/// Whether a service account (`namespace:name`) may do something to a resource or a part of it in a namespace.
pub(super) fn may(cluster: &Cluster, account: &str, verb: &str, resource: &str, namespace: &str) -> bool {
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    can_i(
        cluster,
        account,
        namespace,
        &[verb, resource, "--subresource", part],
    )
}

/// Whether it may do something to the Lease of a name.
pub(super) fn may_lease(cluster: &Cluster, verb: &str, name: &str, namespace: &str) -> bool {
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
pub(super) const NEEDED: [(&str, &str); 23] = [
    ("get", "canaries.serin.dev"),
    ("list", "canaries.serin.dev"),
    ("watch", "canaries.serin.dev"),
    ("patch", "canaries.serin.dev"),
    ("patch", "canaries.serin.dev/status"),
    ("list", "analysistemplates.serin.dev"),
    ("watch", "analysistemplates.serin.dev"),
    ("patch", "analysistemplates.serin.dev/status"),
    ("get", "virtualservices.networking.istio.io"),
    ("list", "virtualservices.networking.istio.io"),
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
pub(super) const FORBIDDEN: [(&str, &str); 30] = [
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
