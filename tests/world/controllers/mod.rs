//! What stands behind the Deployments of the fake API server: a controller that rolls them, and kubelets that run their pods as the test
//! wants.
//!
//! A rollout makes all new pods at once, and removes the old ones when the new ones are ready. Nothing happens to a paused one.

mod fate;
mod objects;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

pub(crate) use self::fate::Fate;
use self::objects::{hash, image, is_of, is_ready, pod, replica_set, status};
use super::api_server::ApiServer;

/// How long they take to see a change.
const ROUND: Duration = Duration::from_millis(2);

/// Controllers at work. Dropping them stops them; what they wrote stays.
pub(crate) struct Controllers {
    fates: Fates,
    working: JoinHandle<()>,
}

/// What becomes of the pods of a Deployment that run an image.
type Fates = Arc<Mutex<Vec<(String, String, Fate)>>>;

impl Controllers {
    /// Starts them on all Deployments of `server`. Every pod becomes ready at once, but those of which the test says something else.
    pub(crate) fn start(server: &Arc<ApiServer>) -> Self {
        let fates = Fates::default();
        let (server, told) = (Arc::clone(server), Arc::clone(&fates));
        let working = tokio::spawn(async move {
            loop {
                for deployment in server.objects("deployments") {
                    roll(&server, &deployment, &told);
                }
                sleep(ROUND).await;
            }
        });
        Self { fates, working }
    }

    /// From now on this becomes of pods of `deployment` that run `image`.
    pub(crate) fn let_pods(&self, deployment: &str, image: &str, fate: Fate) {
        let fate = (deployment.to_owned(), image.to_owned(), fate);
        self.fates.lock().unwrap().push(fate);
    }
}

impl Drop for Controllers {
    fn drop(&mut self) {
        self.working.abort();
    }
}

fn fate_of(fates: &Fates, deployment: &str, image: &str) -> Fate {
    let fates = fates.lock().unwrap();
    let mut told = fates.iter().rev();
    told.find(|(of, with, _)| of == deployment && with == image)
        .map_or(Fate::Ready, |(_, _, fate)| *fate)
}

/// One round of one Deployment.
fn roll(server: &ApiServer, deployment: &Value, fates: &Fates) {
    let namespace = deployment["metadata"]["namespace"].as_str().unwrap();
    let name = deployment["metadata"]["name"].as_str().unwrap();
    let newest = hash(&deployment["spec"]["template"]);
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    if deployment["spec"]["paused"] != true {
        let set = replica_set(deployment, &newest);
        let set_name = set["metadata"]["name"].as_str().unwrap().to_owned();
        if server.find("replicasets", namespace, &set_name).is_none() {
            server.put(set);
        }
        for index in 0..wanted {
            let new = pod(deployment, &newest, index);
            let pod_name = new["metadata"]["name"].as_str().unwrap();
            if server.find("pods", namespace, pod_name).is_none() {
                server.put(new);
            }
        }
        let surplus = |pod: &Value| is_of(pod, &newest) && pod["test"]["index"].as_u64() >= Some(wanted);
        remove(server, namespace, own_pods(server, deployment), surplus);
        let ready = own_pods(server, deployment);
        let ready = ready.iter().filter(|pod| is_of(pod, &newest) && is_ready(pod));
        if ready.count() as u64 >= wanted {
            remove(server, namespace, own_pods(server, deployment), |pod| {
                !is_of(pod, &newest)
            });
        }
    }
    for pod in own_pods(server, deployment) {
        let fate = fate_of(fates, name, image(&pod["spec"]));
        let pod_name = pod["metadata"]["name"].as_str().unwrap();
        server.edit("pods", namespace, pod_name, |pod| {
            pod["status"] = fate.status(&pod["spec"])
        });
    }
    let fate = fate_of(fates, name, image(&deployment["spec"]["template"]["spec"]));
    let status = status(deployment, &newest, &own_pods(server, deployment), fate);
    if server.find("deployments", namespace, name).is_some() {
        server.edit("deployments", namespace, name, |deployment| {
            deployment["status"] = status
        });
    }
}

fn own_pods(server: &ApiServer, deployment: &Value) -> Vec<Value> {
    let mut pods = server.objects("pods");
    pods.retain(|pod| pod["test"]["deployment"] == deployment["metadata"]["uid"]);
    pods
}

fn remove(server: &ApiServer, namespace: &str, pods: Vec<Value>, which: impl Fn(&Value) -> bool) {
    for pod in pods.into_iter().filter(which) {
        server.delete("pods", namespace, pod["metadata"]["name"].as_str().unwrap());
    }
}

/// A Deployment of `replicas` pods that are told apart by `app`, which is its name, and run `image`.
pub(crate) fn deployment(name: &str, replicas: u64, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": image}]},
            },
        },
    })
}
