//! Deployments on the real API server, rolled by its own controllers.

use std::time::Duration;

use serde_json::{Value, json};
use serin::driver::ports::{NotPromoted, Workloads};
use serin::engine::WorkloadState;
use serin::kubernetes::{self, Access};
use serin::spec::{self, CheckedCanary, Deployment, Scaling, Workload};
use serin::workload::deployments::{Deployments, Pace};

use super::parts::SHARED;
use crate::world::canary::canary;
use crate::world::cluster::{Cluster, MERGE_PATCH};
use crate::world::patience::until;

const STABLE: &str = "shop-stable";
const CANARY: &str = "shop-canary";
const ROLLOUT: &str = "shop-1";

/// Sooner than in earnest, and with time enough for a machine that is busy.
const PACE: Pace = Pace {
    poll: Duration::from_millis(50),
    failing_for: Duration::from_millis(200),
    ready_within: Duration::from_secs(60),
    written_within: Duration::from_secs(60),
    back_within: Duration::from_secs(60),
    scale_down_after: Duration::from_millis(20),
};

#[tokio::test]
async fn stable_takes_the_template_of_a_healthy_canary() {
    let pair = Pair::ready("copied").await;
    pair.promote().await.unwrap();
    let (stable, canary) = (pair.deployment(STABLE).await, pair.deployment(CANARY).await);
    assert_eq!(
        stable["spec"]["template"]["spec"],
        canary["spec"]["template"]["spec"]
    );
    assert_eq!(
        stable["spec"]["template"]["metadata"]["labels"],
        json!({"app": STABLE, "team": "shop"})
    );
    assert_eq!(
        (
            &stable["status"]["replicas"],
            &stable["status"]["availableReplicas"]
        ),
        (&json!(2), &json!(2))
    );

    pair.promote().await.unwrap();
    let again = pair.deployment(STABLE).await;
    assert_eq!(again["metadata"]["generation"], stable["metadata"]["generation"]);
}

#[tokio::test]
async fn a_template_that_was_set_after_the_last_look_is_not_copied() {
    let pair = Pair::ready("unjudged").await;
    let judged = pair
        .workloads
        .observe(&pair.canary)
        .await
        .unwrap()
        .canary_revision;
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "example.test/shop:3"}]}}}});
    pair.merge(CANARY, &image).await;
    let promotion = pair.workloads.promote(&pair.canary, ROLLOUT, judged.as_deref());
    let refused = promotion.await.unwrap_err();
    assert!(matches!(refused, NotPromoted::OtherRevision { .. }), "{refused}");
    let stable = pair.deployment(STABLE).await;
    let containers = &stable["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["image"], "example.test/shop:1");
}

#[tokio::test]
async fn what_was_copied_is_put_back_as_it_was() {
    let pair = Pair::ready("put-back").await;
    let before = pair.deployment(STABLE).await;
    pair.promote().await.unwrap();
    pair.workloads.restore(&pair.canary, ROLLOUT).await.unwrap();
    let after = pair.deployment(STABLE).await;
    assert_eq!(after["spec"], before["spec"]);
    // The controller takes the ReplicaSet again that it had, with its pods' images where they were.
    let sets = pair.list("/apis/apps/v1", "replicasets").await;
    let of_stable = sets
        .iter()
        .filter(|set| set["metadata"]["labels"]["app"] == STABLE);
    assert_eq!(of_stable.count(), 2);
}

#[tokio::test]
async fn a_stable_that_cannot_pull_the_image_is_put_back_and_says_so() {
    let pair = Pair::ready("no-pull").await;
    let lacks = json!({"spec": {"template": {"metadata": {"labels": {"test/lacks-image": "2"}}}}});
    pair.merge(STABLE, &lacks).await;
    pair.cluster.until_rolled_out(pair.namespace, STABLE).await;
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(
        error.contains("container app: image example.test/shop:2: ImagePullBackOff"),
        "{error}"
    );
    assert!(
        error.contains("its previous pod template was put back and is ready"),
        "{error}"
    );
    assert_eq!(image(&pair.deployment(STABLE).await), "example.test/shop:1");
}

#[tokio::test]
async fn a_canary_that_crashes_says_how_often_and_with_what_code() {
    let pair = Pair::ready("crash-loop").await;
    pair.fail(CANARY, "CrashLoopBackOff").await;
    let failing = pair
        .until("a crash loop", |seen| {
            let failing = seen.canary_failing.clone()?;
            failing
                .contains("CrashLoopBackOff after 2 restarts")
                .then_some(failing)
        })
        .await;
    assert!(failing.contains("last exit code 1"), "{failing}");
}

#[tokio::test]
async fn ready_pods_of_an_older_replica_set_do_not_count() {
    let pair = Pair::ready("older-pods").await;
    pair.fail(CANARY, "ImagePullBackOff").await;
    let seen = pair
        .until("an image that is not there", |seen| {
            seen.canary_failing.is_some().then(|| seen.clone())
        })
        .await;
    assert_eq!(seen.canary_ready, 0);
    let canary = pair.deployment(CANARY).await;
    assert_eq!(
        canary["status"]["readyReplicas"], 1,
        "the older pod still is: {canary}"
    );
}

#[tokio::test]
async fn a_canary_that_nobody_has_room_for_says_the_schedulers_words() {
    let pair = Pair::ready("no-room").await;
    let nowhere = json!({"spec": {"template": {"spec": {"nodeSelector": {"disk": "quantum"}}}}});
    pair.merge(CANARY, &nowhere).await;
    let reason = pair
        .until("unschedulable", |seen| {
            let reason = seen.canary_reason.clone()?;
            reason.contains("Unschedulable").then_some(reason)
        })
        .await;
    assert!(reason.contains("3 node(s) didn't match"), "{reason}");
}

#[tokio::test]
async fn a_canary_that_may_have_no_more_pods_says_so() {
    let pair = Pair::ready("quota").await;
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "pods", "namespace": pair.namespace}, "spec": {"hard": {"pods": "3"}},
    });
    pair.cluster
        .kubectl_in(&["create", "--filename", "-"], &quota.to_string());
    pair.merge(CANARY, &json!({"spec": {"replicas": 2}})).await;
    let reason = pair
        .until("a quota that is used up", |seen| {
            let reason = seen.canary_reason.clone()?;
            reason.contains("exceeded quota").then_some(reason)
        })
        .await;
    assert!(reason.starts_with("FailedCreate:"), "{reason}");
}

#[tokio::test]
async fn what_an_admission_policy_makes_of_a_copy_is_a_copy_all_the_same() {
    let pair = Pair::ready("admitted").await;
    let annotations = "Object{spec: Object.spec{template: Object.spec.template{metadata: \
                       Object.spec.template.metadata{annotations: {\"admitted\": \"yes\"}}}}}";
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": "admitted"},
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": pair.namespace}},
                "resourceRules": [{
                    "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"],
                    "resourceNames": [STABLE],
                }],
            },
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": annotations}},
            ],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": "admitted"},
        "spec": {"policyName": "admitted"},
    });
    for object in [policy, binding] {
        pair.cluster
            .kubectl_in(&["create", "--filename", "-"], &object.to_string());
    }
    until("a policy in force", async || {
        pair.merge(STABLE, &json!({"metadata": {"annotations": {"tried": null}}}))
            .await;
        let stable = pair.deployment(STABLE).await;
        (stable["spec"]["template"]["metadata"]["annotations"]["admitted"] == "yes").then_some(())
    })
    .await;
    pair.cluster.until_rolled_out(pair.namespace, STABLE).await;

    pair.promote().await.unwrap();
    pair.promote().await.unwrap();
    assert_eq!(image(&pair.deployment(STABLE).await), "example.test/shop:2");
    pair.workloads.restore(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(image(&pair.deployment(STABLE).await), "example.test/shop:1");
}

#[tokio::test]
async fn a_canary_is_scaled_for_its_rollout_unless_an_autoscaler_has_it() {
    let mut pair = Pair::ready("scaled-canary").await;
    pair.canary.scaling = Scaling::Auto;
    pair.workloads.scale(&pair.canary, ROLLOUT, 3).await.unwrap();
    pair.until("three canary pods", |seen| (seen.canary_ready == 3).then_some(()))
        .await;
    let in_namespace = format!("--namespace={}", pair.namespace);
    let autoscale = [
        "autoscale",
        "deployment",
        CANARY,
        "--min=2",
        "--max=4",
        &in_namespace,
    ];
    pair.cluster.kubectl(&autoscale);
    let scaling = pair.workloads.observe(&pair.canary).await.unwrap().scaling;
    let owner = format!("HorizontalPodAutoscaler {}/{CANARY}", pair.namespace);
    assert_eq!(scaling.and_then(|scaling| scaling.owner), Some(owner));
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    assert_eq!(pair.deployment(CANARY).await["spec"]["replicas"], 3);

    pair.cluster.kubectl(&["delete", "hpa", CANARY, &in_namespace]);
    pair.workloads.scale_down(&pair.canary, ROLLOUT).await.unwrap();
    pair.until("no canary pod", |seen| (seen.canary_ready == 0).then_some(()))
        .await;
}

/// Two stable pods of `shop:1` and a canary pod of `shop:2`, all ready, in a namespace of their own.
struct Pair {
    cluster: Cluster,
    namespace: &'static str,
    canary: CheckedCanary,
    workloads: Deployments,
}

impl Pair {
    async fn ready(namespace: &'static str) -> Self {
        let cluster = SHARED.join().await;
        cluster.kubectl(&["create", "namespace", namespace]);
        for (name, replicas, tag, labels) in [
            (STABLE, 2, "1", json!({"app": STABLE})),
            (CANARY, 1, "2", json!({"app": CANARY, "team": "shop"})),
        ] {
            let deployment = json!({
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [{"name": "app", "image": format!("example.test/shop:{tag}")}]},
                    },
                },
            });
            cluster.kubectl_in(&["create", "--filename", "-"], &deployment.to_string());
            cluster.until_rolled_out(namespace, name).await;
        }
        let access = Access {
            kubeconfig: Some(cluster.kubeconfig()),
            context: None,
        };
        let workloads = Deployments::new(&kubernetes::Cluster::new(access)).with_pace(PACE);
        let deployment = |name: &str| {
            Workload::Deployment(Deployment {
                name: name.to_owned(),
            })
        };
        let canary = CheckedCanary {
            namespace: namespace.to_owned(),
            workloads: spec::Workloads {
                stable: deployment(STABLE),
                canary: deployment(CANARY),
            },
            ..canary("")
        };
        Self {
            cluster,
            namespace,
            canary,
            workloads,
        }
    }

    /// Promotes what the canary is now.
    async fn promote(&self) -> Result<(), NotPromoted> {
        let judged = self
            .workloads
            .observe(&self.canary)
            .await
            .unwrap()
            .canary_revision;
        self.workloads
            .promote(&self.canary, ROLLOUT, judged.as_deref())
            .await
    }

    async fn deployment(&self, name: &str) -> Value {
        self.cluster.api.get(&self.path(name)).await
    }

    async fn list(&self, root: &str, plural: &str) -> Vec<Value> {
        let list = self
            .cluster
            .api
            .get(&format!("{root}/namespaces/{}/{plural}", self.namespace))
            .await;
        list["items"].as_array().unwrap().clone()
    }

    /// Somebody changes a Deployment.
    async fn merge(&self, name: &str, patch: &Value) {
        let (status, answer) = self.cluster.api.patch(&self.path(name), MERGE_PATCH, patch).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// From now on pods of the Deployment fail in this way; it is a change of its template.
    async fn fail(&self, name: &str, how: &str) {
        let annotations = json!({"test/fail": how});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        self.merge(name, &patch).await;
    }

    /// Observes until something is seen.
    async fn until<T>(&self, what: &str, seen: impl Fn(&WorkloadState) -> Option<T>) -> T {
        until(what, async || {
            seen(&self.workloads.observe(&self.canary).await.unwrap())
        })
        .await
    }

    fn path(&self, name: &str) -> String {
        format!("/apis/apps/v1/namespaces/{}/deployments/{name}", self.namespace)
    }
}

fn image(deployment: &Value) -> &str {
    let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().unwrap_or_default()
}
