//! What is not Serin's stays, where the real server keeps the objects.

use std::cell::Cell;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};
use serin::driver::ports::{Traffic, TrafficError};
use serin::engine::TrafficWrite;
use serin::kubernetes::{self, Access};
use serin::traffic::istio::VirtualServices;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::traffic::canary::canary_in_cluster;
use crate::traffic::property::{World as Random, foreign, in_order, world, write_at};
use crate::world::cluster::{Cluster, Mesh, Shared};
use crate::world::patience::PATIENCE;

/// Random VirtualServices.
const CASES: u32 = 300;

/// Times that the GitOps writer applies its manifest.
const REVISIONS: u64 = 100;

static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

fn services(cluster: &Cluster) -> VirtualServices {
    VirtualServices::new(&kubernetes::Cluster::new(Access {
        kubeconfig: Some(cluster.kubeconfig()),
        context: None,
    }))
}

fn path(namespace: &str) -> String {
    format!("/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices")
}

/// What this server's rules for names and labels let through.
fn admissible(mut object: Value) -> Value {
    object["metadata"].as_object_mut().unwrap().remove("labels");
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.retain(|key, _| key.starts_with("x-") || key.starts_with("serin.dev/"));
    }
    object
}

/// What is foreign, without what the server counts and whom it takes for the writer.
fn foreign_in_cluster(object: &Value, managed: usize) -> String {
    let mut foreign = foreign(object, managed);
    for counted in ["resourceVersion", "generation", "managedFields"] {
        foreign["metadata"][counted] = Value::Null;
    }
    in_order(&foreign)
}

#[test]
fn no_foreign_byte_of_any_virtual_service_is_changed() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let cluster = runtime.block_on(SHARED.join());
    cluster.kubectl(&["create", "namespace", "shop"]);
    let (services, canary) = (services(&cluster), canary_in_cluster("shop", "basket"));
    let object_path = format!("{}/basket", path("shop"));
    let tried = Cell::new(0_u32);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_global_rejects: 10 * CASES,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(
        &(world(), write_at(1..=100)),
        |(Random { object, managed }, write)| {
            runtime.block_on(async {
                cluster.api.ask(Method::DELETE, &object_path).await;
                let object = admissible(object);
                let (code, before) = cluster
                    .api
                    .send(Method::POST, &path("shop"), "application/json", &object)
                    .await;
                // Istio's schema does not know every route that the test makes up.
                if code != 201 {
                    return Err(TestCaseError::reject(before["message"].to_string()));
                }
                let seen = services.read(&canary).await.map_err(failed)?;
                let after = services.write(&canary, &seen, &write).await.map_err(failed)?;
                prop_assert_eq!(
                    (after.canary_weight, after.epoch),
                    (write.canary_weight, write.epoch)
                );
                let written = cluster.api.get(&object_path).await;
                prop_assert_eq!(
                    foreign_in_cluster(&written, managed),
                    foreign_in_cluster(&before, managed)
                );
                tried.set(tried.get() + 1);
                Ok(())
            })
        },
    );
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(tried.get() >= CASES);
    println!(
        "{} random VirtualServices through the real server, 0 foreign bytes changed",
        tried.get()
    );
}

fn failed(error: TrafficError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// The manifest in the GitOps writer's repository: what it says of the revision stands in four places.
fn manifest(revision: u64) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "basket", "labels": {"revision": format!("r{revision}")}, "annotations": {"git": format!("r{revision}")}},
        "spec": {"hosts": ["basket"], "http": [
            {"name": format!("testers-{revision}"), "match": [{"headers": {"x-tester": {"exact": "true"}}}], "route": [{"destination": {"host": "basket", "subset": "canary"}}]},
            {"name": "primary", "timeout": format!("{revision}s"), "route": [
                {"destination": {"host": "basket", "subset": "stable"}, "weight": 95},
                {"destination": {"host": "basket", "subset": "canary"}, "weight": 5},
            ]},
        ]},
    })
}

/// The revision that an object is of, all of it.
fn revision_of(object: &Value) -> u64 {
    let text = object["metadata"]["annotations"]["git"].as_str().unwrap();
    let revision: u64 = text.trim_start_matches('r').parse().unwrap();
    let mut wanted = manifest(revision);
    let mut found = object["spec"].clone();
    for object in [&mut found, &mut wanted["spec"]] {
        for index in [0, 1] {
            object["http"][1]["route"][index]
                .as_object_mut()
                .unwrap()
                .remove("weight");
        }
    }
    assert_eq!(found, wanted["spec"]);
    assert_eq!(object["metadata"]["labels"], wanted["metadata"]["labels"]);
    revision
}

#[tokio::test]
async fn a_gitops_writer_that_applies_all_the_time_loses_nothing() {
    let cluster = SHARED.join().await;
    cluster.kubectl(&["create", "namespace", "gitops"]);
    let object_path = format!("{}/basket", path("gitops"));
    let apply = async |revision| {
        let path = format!("{object_path}?fieldManager=gitops&force=true");
        let kind = "application/apply-patch+yaml";
        let (code, answer) = cluster
            .api
            .send(Method::PATCH, &path, kind, &manifest(revision))
            .await;
        assert!(code == 200 || code == 201, "{answer}");
    };
    apply(1).await;
    let (services, canary) = (services(&cluster), canary_in_cluster("gitops", "basket"));
    let (written, refused, applied) = (Cell::new(0_u64), Cell::new(0_u64), Cell::new(1_u64));
    let gitops = async {
        for revision in 2..=REVISIONS {
            apply(revision).await;
            applied.set(revision);
        }
    };
    let serin = async {
        let mut newest = 0;
        while applied.get() < REVISIONS || written.get() == 0 {
            let seen = services.read(&canary).await.unwrap();
            let write = TrafficWrite {
                canary_weight: 20,
                epoch: seen.epoch + 1,
                rollout: "r1".to_owned(),
                aborted: false,
            };
            match services.write(&canary, &seen, &write).await {
                Ok(_) => written.set(written.get() + 1),
                Err(TrafficError::Conflict { .. }) => refused.set(refused.get() + 1),
                Err(other) => panic!("{other}"),
            }
            let revision = revision_of(&cluster.api.get(&object_path).await);
            assert!(revision >= newest, "r{newest} was lost to r{revision}");
            newest = revision;
        }
    };
    timeout(PATIENCE + Duration::from_secs(60), async {
        tokio::join!(gitops, serin)
    })
    .await
    .expect("an end");
    let last = cluster.api.get(&object_path).await;
    assert_eq!(revision_of(&last), REVISIONS);
    let epoch: u64 = last["metadata"]["annotations"]["serin.dev/epoch"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(epoch, written.get());
    println!(
        "{REVISIONS} applies beside {} writes, {} conflicts: nothing lost",
        written.get(),
        refused.get()
    );
}
