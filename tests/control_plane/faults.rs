use serde_json::json;

use super::checkout::Checkout;
use crate::world::cluster::{Cluster, MERGE_PATCH, Mesh, call};
use crate::world::patience::until;

#[tokio::test]
async fn the_api_server_restarts_on_its_data() {
    let cluster = Cluster::start().await;
    cluster.kubectl(&["create", "namespace", "kept"]);
    cluster.api_server().kill();
    let refused = cluster.try_kubectl(&["get", "namespace", "kept"]).unwrap_err();
    assert!(refused.contains("refused"), "{refused}");
    cluster.api_server().restart().await;
    cluster.kubectl(&["get", "namespace", "kept"]);
}

#[tokio::test]
async fn a_stopped_controller_manager_rolls_nothing_out_until_it_goes_on() {
    let cluster = Cluster::start().await;
    cluster.kubectl(&["create", "deployment", "web", "--image=example.test/web:1"]);
    cluster.until_rolled_out("default", "web").await;
    cluster.controllers().stop();
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    let (status, patched) = cluster
        .api
        .patch(path, MERGE_PATCH, &json!({"spec": {"replicas": 2}}))
        .await;
    assert_eq!(status, 200, "{patched}");
    // All others go on.
    cluster.kubectl(&["run", "alone", "--image=example.test/web:1"]);
    cluster.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "pod/alone"]);
    let deployment = cluster.api.get(path).await;
    assert_eq!(deployment["status"]["replicas"], 1, "{deployment}");
    cluster.controllers().cont();
    cluster.until_rolled_out("default", "web").await;
}

#[tokio::test]
async fn while_istiod_is_stopped_the_api_takes_weights_and_the_proxy_keeps_the_old_ones() {
    let cluster = Cluster::with_mesh(&Mesh::default()).await;
    let checkout = Checkout::deploy(&cluster, "shop").await;
    let (istiod, envoy) = (cluster.mesh().istiod(), cluster.mesh().envoy());
    istiod.stop();
    let (status, answer) = checkout.patch_weights(&cluster, 50, 50).await;
    assert_eq!(status, 200, "{answer}");
    // Hundreds of milliseconds, of which it would have taken some twenty.
    let answers = call(cluster.mesh(), &checkout.service, 1000).await;
    assert_eq!((answers.of("stable"), answers.all()), (1000, 1000), "{answers:?}");
    let weights = envoy.weights(&checkout.service).await.unwrap();
    assert_eq!(
        weights.into_iter().collect::<Vec<_>>(),
        [("stable".to_owned(), 100)]
    );
    istiod.cont();
    envoy
        .until_weights(&checkout.service, &[("stable", 50), ("canary", 50)])
        .await;

    istiod.kill();
    checkout.patch_weights(&cluster, 70, 30).await;
    istiod.restart().await;
    envoy
        .until_weights(&checkout.service, &[("stable", 70), ("canary", 30)])
        .await;
}

#[tokio::test]
async fn nothing_of_a_cluster_outlives_it() {
    let cluster = Cluster::start().await;
    let folder = cluster.kubeconfig();
    let pids = [
        cluster.etcd().pid(),
        cluster.api_server().pid(),
        cluster.scheduler().pid(),
    ];
    drop(cluster);
    assert!(!folder.exists());
    let there = |pid: &u32| std::path::Path::new(&format!("/proc/{pid}")).exists();
    until("gone", async || (!pids.iter().any(there)).then_some(())).await;
}
