//! Two replicas of Serin at a real API server, with no more rights than `deploy/` gives them for the election.

use std::path::PathBuf;

use serde_json::Value;

use crate::serve::replicas;
use crate::world::cluster::Cluster;
use crate::world::postgres::Server;

/// A cluster, the kubeconfig of Serin's service account, and a database in the cluster's network.
async fn world() -> (Cluster, PathBuf, Server) {
    let cluster = Cluster::start().await;
    for create in [["namespace", "serin"], ["serviceaccount", "serin"]] {
        cluster.kubectl(&[&["--namespace=serin", "create"], &create[..]].concat());
    }
    cluster.kubectl(&["apply", "--filename", "deploy/base/lease-role.yaml"]);
    let kubeconfig = cluster.kubeconfig_of("serin", "serin");
    (cluster, kubeconfig, Server::start("fsync = off"))
}

async fn lease(cluster: &Cluster) -> Value {
    let path = "/apis/coordination.k8s.io/v1/namespaces/serin/leases/serin";
    cluster.api.get(path).await["spec"].clone()
}

#[tokio::test]
async fn the_follower_goes_on_where_the_leader_was_killed() {
    let (cluster, kubeconfig, postgres) = world().await;
    replicas::killed(postgres.database().await.url(), &kubeconfig).await;
    let spec = lease(&cluster).await;
    assert_eq!(spec["leaseTransitions"], 1, "{spec}");
    assert!(
        spec["holderIdentity"].as_str().unwrap().starts_with("serin-1_"),
        "{spec}"
    );
}

#[tokio::test]
async fn a_leader_that_slept_ends_at_once_when_it_wakes() {
    let (cluster, kubeconfig, postgres) = world().await;
    replicas::stopped(postgres.database().await.url(), &kubeconfig).await;
    let spec = lease(&cluster).await;
    assert_eq!(spec["leaseTransitions"], 1, "{spec}");
}

#[tokio::test]
async fn a_lease_that_is_given_up_is_taken_at_once() {
    let (cluster, kubeconfig, postgres) = world().await;
    replicas::handed_over(postgres.database().await.url(), &kubeconfig).await;
    let spec = lease(&cluster).await;
    assert_eq!(spec["leaseTransitions"], 1, "{spec}");
}
