use serde_json::{Value, json};

use crate::world::cluster::{Cluster, Shared};
use crate::world::patience::until;

/// Shared with everything that asks no mesh.
pub(super) static SHARED: Shared = Shared::new();

#[tokio::test]
async fn a_deployment_rolls_out_and_rolls_again() {
    let cluster = namespace("rolls").await;
    let create = [
        "create",
        "deployment",
        "web",
        "--image=example.test/web:1",
        "--replicas=3",
    ];
    cluster.kubectl(&[&["--namespace=rolls"], &create[..]].concat());
    cluster.until_rolled_out("rolls", "web").await;
    cluster.kubectl(&[
        "--namespace=rolls",
        "set",
        "image",
        "deployment/web",
        "web=example.test/web:2",
    ]);
    cluster.until_rolled_out("rolls", "web").await;
    let pods = pods(&cluster, "rolls").await;
    let images: Vec<&Value> = pods
        .iter()
        .map(|pod| &pod["spec"]["containers"][0]["image"])
        .collect();
    assert_eq!(images, ["example.test/web:2"; 3]);
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_says_so() {
    let cluster = namespace("no-image").await;
    fail(&cluster, "no-image", "ImagePullBackOff");
    until("an image that is not there", async || {
        let pods = pods(&cluster, "no-image").await;
        let state = &pods.first()?["status"]["containerStatuses"][0]["state"];
        (state["waiting"]["reason"] == "ImagePullBackOff").then_some(())
    })
    .await;
    assert_eq!(available(&cluster, "no-image").await, 0);
}

#[tokio::test]
async fn a_crash_loop_says_so_and_counts_its_restarts() {
    let cluster = namespace("crashes").await;
    fail(&cluster, "crashes", "CrashLoopBackOff");
    until("two restarts", async || {
        let pods = pods(&cluster, "crashes").await;
        let container = &pods.first()?["status"]["containerStatuses"][0];
        let waits = container["state"]["waiting"]["reason"] == "CrashLoopBackOff";
        (waits && container["restartCount"].as_u64()? >= 2).then_some(())
    })
    .await;
    assert_eq!(available(&cluster, "crashes").await, 0);
}

#[tokio::test]
async fn a_pod_that_becomes_ready_late_is_not_ready_before() {
    let cluster = namespace("late").await;
    deploy(&cluster, "late", &json!({"test/ready-after": "2s"}));
    until("a pod that runs", async || {
        let pods = pods(&cluster, "late").await;
        (pods.first()?["status"]["phase"] == "Running").then_some(())
    })
    .await;
    assert_eq!(available(&cluster, "late").await, 0);
    cluster.until_rolled_out("late", "web").await;
}

#[tokio::test]
async fn a_service_account_has_its_rights_and_no_others() {
    let cluster = namespace("rights").await;
    let kubectl = |arguments: &[&str]| cluster.kubectl(&[&["--namespace=rights"], arguments].concat());
    kubectl(&["create", "serviceaccount", "reader"]);
    kubectl(&["create", "role", "reads-pods", "--verb=list", "--resource=pods"]);
    kubectl(&[
        "create",
        "rolebinding",
        "reader",
        "--role=reads-pods",
        "--serviceaccount=rights:reader",
    ]);
    let kubeconfig = cluster.kubeconfig_of("rights", "reader");
    let as_reader = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let ask = |arguments: &[&str]| cluster.try_kubectl(&[&as_reader, arguments].concat());
    ask(&["get", "pods"]).unwrap();
    let refusal = ask(&["get", "secrets"]).unwrap_err();
    assert!(
        refusal.contains("system:serviceaccount:rights:reader\" cannot list resource \"secrets\""),
        "{refusal}"
    );
}

#[tokio::test]
async fn programs_are_of_one_version() {
    let version = SHARED.join().await.kubectl(&["version"]);
    let of = |who: &str| {
        let line = version.lines().find(|line| line.starts_with(who));
        line.and_then(|line| line.split(": ").nth(1))
    };
    assert_eq!(of("Client Version"), of("Server Version"), "{version}");
    assert!(
        of("Server Version").is_some_and(|version| version.starts_with("v1.")),
        "{version}"
    );
}

/// The shared cluster, with a new namespace in it.
async fn namespace(name: &str) -> Cluster {
    let cluster = SHARED.join().await;
    cluster.kubectl(&["create", "namespace", name]);
    cluster
}

/// A Deployment `web` whose pods fail in this way.
fn fail(cluster: &Cluster, namespace: &str, how: &str) {
    deploy(cluster, namespace, &json!({"test/fail": how}));
}

/// A Deployment `web` of one pod, with these annotations on its template.
fn deploy(cluster: &Cluster, namespace: &str, annotations: &Value) {
    let labels = json!({"app": "web"});
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"containers": [{"name": "web", "image": "example.test/web:1"}]},
            },
        },
    });
    cluster.kubectl_in(&["create", "--filename", "-"], &deployment.to_string());
}

async fn pods(cluster: &Cluster, namespace: &str) -> Vec<Value> {
    let list = cluster
        .api
        .get(&format!("/api/v1/namespaces/{namespace}/pods"))
        .await;
    let pods = list["items"].as_array().unwrap().iter();
    let there = pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    there.cloned().collect()
}

async fn available(cluster: &Cluster, namespace: &str) -> u64 {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/web");
    let deployment = cluster.api.get(&path).await;
    deployment["status"]["availableReplicas"]
        .as_u64()
        .unwrap_or_default()
}
