//! One replica, or two, against an API server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use serin::clock::{Stopwatch, SystemClock};
use serin::driver::Leadership;
use serin::kubernetes::Cluster;
use serin::kubernetes::lease::{Elector, LeasePlace, Lost, Terms};
use tokio::time::timeout;

use crate::world::api_server::{ALICE, ApiServer};
use crate::world::patience::{PATIENCE, until};

/// A third of the usual ones.
const TERMS: Terms = Terms {
    duration: Duration::from_secs(5),
    renew_deadline: Duration::from_secs(3),
    retry: Duration::from_millis(200),
};

fn elector_by(cluster: &Cluster, replica: &str) -> Elector {
    let place = LeasePlace {
        namespace: "serin".to_owned(),
        name: "serin".to_owned(),
    };
    Elector::new(cluster, place, replica, TERMS, Arc::new(SystemClock::start()))
}

fn elector(server: &ApiServer, replica: &str) -> Elector {
    elector_by(&server.cluster(), replica)
}

/// One that leads.
async fn leader(server: &ApiServer) -> Elector {
    let mut elector = elector(server, "serin-0");
    timeout(PATIENCE, elector.lead()).await.expect("it leads");
    elector
}

fn spec(server: &ApiServer) -> Value {
    server.object("leases", "serin", "serin")["spec"].clone()
}

fn held_by(holder: &str) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "serin", "namespace": "serin", "annotations": {"team": "platform"}},
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": 5,
            "acquireTime": "2020-01-01T00:00:00.000000Z",
            "renewTime": "2020-01-01T00:00:00.000000Z",
            "leaseTransitions": 7,
            "strategy": "OldestEmulationVersion",
        },
    })
}

#[tokio::test]
async fn the_first_makes_the_lease_and_says_what_a_reader_expects() {
    let server = ApiServer::start().await;
    let leader = leader(&server).await;
    let spec = spec(&server);
    assert_eq!(spec["holderIdentity"], leader.me());
    assert_eq!(spec["leaseDurationSeconds"], 5);
    assert_eq!(spec["leaseTransitions"], 0);
    let known = leader.standing().leader();
    assert!(known.is_here && known.fault.is_none(), "{known:?}");
    assert!(known.name.unwrap().starts_with("serin-0_"));
}

#[tokio::test]
async fn the_second_follows_until_the_first_gives_the_lease_up_and_leads_at_once() {
    let server = ApiServer::start().await;
    let mut first = leader(&server).await;
    let mut second = elector(&server, "serin-1");
    let name = first.me().to_owned();
    let standing = second.standing();
    let keeping = async {
        tokio::select! {
            lost = first.keep() => panic!("{lost}"),
            known = until("follows", async || standing.leader().name) => assert_eq!(known, name),
        }
        assert!(!standing.leader().is_here);
        first.release().await;
        assert_eq!(spec(&server)["holderIdentity"], "");
        assert_eq!(spec(&server)["leaseDurationSeconds"], 1);
        Stopwatch::start()
    };
    let (released, ()) = tokio::join!(keeping, second.lead());
    assert!(released.elapsed() < TERMS.renew_deadline);
    assert_eq!(spec(&server)["holderIdentity"], second.me());
    assert_eq!(spec(&server)["leaseTransitions"], 1);
}

#[tokio::test]
async fn one_that_gives_no_sign_of_life_is_replaced_after_its_time_whatever_its_clock_said() {
    let server = ApiServer::start().await;
    server.put(held_by("serin-9_0"));
    let seen = Stopwatch::start();
    let leader = leader(&server).await;
    assert!(seen.elapsed() >= TERMS.duration);
    let lease = server.object("leases", "serin", "serin");
    assert_eq!(lease["spec"]["holderIdentity"], leader.me());
    assert_eq!(lease["spec"]["leaseTransitions"], 8);
    assert_eq!(lease["metadata"]["annotations"]["team"], "platform");
    assert_eq!(lease["spec"]["strategy"], "OldestEmulationVersion");
}

#[tokio::test]
async fn whoever_is_faster_by_one_write_leads() {
    let server = ApiServer::start().await;
    server.on_next_write(|store| drop(store.put(held_by("serin-9_0"))));
    let mut slower = elector(&server, "serin-0");
    let standing = slower.standing();
    tokio::select! {
        () = slower.lead() => panic!("both lead"),
        name = until("follows", async || standing.leader().name) => assert_eq!(name, "serin-9_0"),
    }
    let commits = server.history("leases", "serin", "serin");
    assert_eq!(commits.len(), 1, "the faster one's, and nothing after it");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_looked_at_and_confirmed_before_it_counts() {
    let server = ApiServer::start().await;
    server.answer_lost_after_commit();
    let leader = leader(&server).await;
    let holders = server.history("leases", "serin", "serin");
    assert_eq!(holders.len(), 2, "what was lost, and what was answered");
    let methods: Vec<String> = server.requests().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["GET", "POST", "GET", "PATCH"]);
    assert_eq!(spec(&server)["holderIdentity"], leader.me());
    assert_eq!(spec(&server)["leaseTransitions"], 0);
}

#[tokio::test]
async fn a_renewal_costs_one_request() {
    let server = ApiServer::start().await;
    let mut leader = leader(&server).await;
    server.forget_requests();
    let renewed = until("renewed", async || (server.requests().len() >= 3).then_some(()));
    tokio::select! {
        lost = leader.keep() => panic!("{lost}"),
        () = renewed => {}
    }
    assert!(server.requests().iter().all(|asked| asked.method == "PATCH"));
}

#[tokio::test]
async fn a_leader_gives_up_when_the_server_refuses_or_hangs_and_before_another_one_may_lead() {
    for hangs in [false, true] {
        let server = ApiServer::start().await;
        let mut leader = leader(&server).await;
        let led = Stopwatch::start();
        if hangs {
            server.hang();
        } else {
            server.refuse().await;
        }
        let lost = timeout(PATIENCE, leader.keep()).await.expect("it gives up");
        assert!(led.elapsed() < TERMS.duration, "{:?}", led.elapsed());
        assert!(matches!(lost, Lost::NotRenewed { .. }), "{lost}");
        assert!(
            lost.to_string().contains("could not be renewed within 3 s"),
            "{lost}"
        );
        assert!(!leader.standing().leader().is_here);
        server.recover();
    }
}

#[tokio::test]
async fn a_leader_gets_over_an_outage_that_is_shorter_than_its_deadline() {
    let server = ApiServer::start().await;
    let mut leader = leader(&server).await;
    server.answer_lost_after_commit();
    server.request_lost_before_commit();
    server.forget_requests();
    let renewed = until("renewed", async || (server.requests().len() >= 8).then_some(()));
    tokio::select! {
        lost = leader.keep() => panic!("{lost}"),
        () = renewed => {}
    }
    assert!(leader.standing().leader().is_here);
}

#[tokio::test]
async fn a_lease_that_is_taken_away_or_deleted_ends_a_leader_with_the_holder() {
    for deleted in [false, true] {
        let server = ApiServer::start().await;
        let mut leader = leader(&server).await;
        if deleted {
            server.delete("leases", "serin", "serin");
        } else {
            server.edit("leases", "serin", "serin", |lease| {
                lease["spec"]["holderIdentity"] = json!("an-admin");
            });
        }
        let lost = timeout(PATIENCE, leader.keep()).await.expect("it gives up");
        let words = if deleted {
            "not there any more"
        } else {
            "an-admin holds it"
        };
        assert!(lost.to_string().contains(words), "{lost}");
    }
}

#[tokio::test]
async fn giving_up_gets_over_a_lost_answer_and_leaves_another_ones_lease_alone() {
    let server = ApiServer::start().await;
    let first = leader(&server).await;
    server.answer_lost_after_commit();
    first.release().await;
    assert_eq!(spec(&server)["holderIdentity"], "");
    let second = leader(&server).await;
    server.edit("leases", "serin", "serin", |lease| {
        lease["spec"]["holderIdentity"] = json!("an-admin");
    });
    second.release().await;
    assert_eq!(spec(&server)["holderIdentity"], "an-admin");
}

#[tokio::test]
async fn giving_up_ends_though_the_server_is_away() {
    let server = ApiServer::start().await;
    let leader = leader(&server).await;
    server.hang();
    timeout(TERMS.renew_deadline * 2, leader.release())
        .await
        .expect("it is bounded");
}

#[tokio::test]
async fn one_who_may_not_read_the_lease_says_so_and_knows_nothing() {
    let server = ApiServer::start().await;
    let mut elector = elector_by(&Cluster::new(server.access_of(ALICE)), "serin-0");
    let standing = elector.standing();
    let fault = tokio::select! {
        () = elector.lead() => panic!("it leads"),
        fault = until("told", async || standing.leader().fault) => fault,
    };
    assert!(fault.contains("403") && fault.contains("leases"), "{fault}");
    assert!(!standing.leader().is_known);
}

#[tokio::test]
async fn two_processes_of_one_name_are_two_holders() {
    let server = ApiServer::start().await;
    let first = leader(&server).await;
    let mut second = elector(&server, "serin-0");
    assert_ne!(first.me(), second.me());
    tokio::select! {
        () = second.lead() => panic!("both lead"),
        () = until("asked", async || (server.requests().len() > 4).then_some(())) => {}
    }
    assert_eq!(spec(&server)["holderIdentity"], first.me());
}
