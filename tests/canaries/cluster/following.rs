//! What is written, as the daemon knows it.

use serde_json::json;
use serin::spec::Mode;

use super::world::{World, canary, condition, deployment};
use crate::world::patience::until;

/// A daemon that follows a Canary with a template of its own.
async fn with_its_own_template() -> World {
    let world = World::empty().await.with_daemon().await;
    world.server.put(template());
    world
        .server
        .put(canary(json!({"analysis": {"metrics": [{"template": "own"}]}})));
    world
        .when_followed("known", |now| now.canary("shop", "checkout").is_some())
        .await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_applied_is_known() {
    let world = World::empty().await.with_daemon().await;

    world.server.put(canary(json!({})));

    let known = world
        .when_followed("known", |now| now.canary("shop", "checkout").is_some())
        .await;
    assert!(known.problems().is_empty() && known.is_complete());
    assert_eq!(known.canaries()["shop/checkout"].file, "canary shop/checkout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_edit_keeps_the_old_one_and_says_so_in_a_condition() {
    let world = World::seen().await;

    world.edit(|canary| canary["spec"]["mode"] = json!("observ"));

    let refused = world
        .when_followed("refused", |now| !now.problems().is_empty())
        .await;
    assert_eq!(refused.canary("shop", "checkout").unwrap().mode, Mode::Control);
    assert_eq!(refused.problems().listed[0].line, None);
    world.clock.skip(std::time::Duration::from_secs(10));
    let told = world
        .when("told", |canary| condition(canary, "Ready")["status"] == "False")
        .await;
    let ready = condition(&told, "Ready");
    assert_eq!(ready["reason"], "InvalidSpec");
    assert_eq!(ready["observedGeneration"], told["metadata"]["generation"]);
    let message = ready["message"].as_str().unwrap();
    assert!(
        message.starts_with("spec.mode: expected") && message.contains("hint: did you mean `observe`?"),
        "{message}"
    );
    assert_eq!(condition(&told, "Stalled")["status"], "True");

    world.edit(|canary| canary["spec"]["mode"] = json!("observe"));

    world.clock.skip(std::time::Duration::from_secs(10));
    let mended = world
        .when("mended", |canary| condition(canary, "Ready")["status"] == "True")
        .await;
    assert!(condition(&mended, "Stalled").is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_canary_is_no_other_ones_concern() {
    let world = World::seen().await;
    let mut attic = canary(json!({"steps": "none"}));
    attic["metadata"]["namespace"] = json!("attic");

    world.server.put(attic);
    world.edit(|canary| canary["spec"]["mode"] = json!("observe"));

    let now = world
        .when_followed("edited", |now| {
            !now.problems().is_empty()
                && now
                    .canary("shop", "checkout")
                    .is_some_and(|canary| canary.mode == Mode::Observe)
        })
        .await;
    assert!(now.canary("attic", "checkout").is_none());
    assert!(now.problems_in("attic").count() > 0);
    assert_eq!(now.problems_in("shop").count(), 0);
    assert!(
        !now.is_gone("attic", "checkout"),
        "it is there, and nobody knows what it says"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_still_used_cannot_be_taken_away() {
    let world = with_its_own_template().await;

    world.server.delete("analysistemplates", "shop", "own");

    let told = world
        .when_followed("told", |now| !now.problems().is_empty())
        .await;
    assert!(told.canary("shop", "checkout").is_some());
    assert_eq!(
        told.problems().listed[0].field.as_deref(),
        Some("spec.analysis.metrics[0].template")
    );
    // And whatever else is edited goes on to be taken.
    world.edit(|canary| canary["spec"]["mode"] = json!("observe"));
    let mut other = canary(json!({}));
    other["metadata"]["name"] = json!("till");
    world.server.put(other);
    world
        .when_followed("the other one", |now| now.canary("shop", "till").is_some())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_template_says_so_itself_and_the_one_before_goes_on() {
    let world = with_its_own_template().await;

    world.server.edit("analysistemplates", "shop", "own", |template| {
        template["spec"]["successRate"]["errors"]["match"]["code"] = json!("(");
    });

    until("told", async || {
        let template = world.server.object("analysistemplates", "shop", "own");
        let ready = condition(&template, "Ready");
        let message = ready["message"].as_str().unwrap_or_default();
        (ready["status"] == "False" && message.starts_with("spec.successRate.errors.match.code: expected"))
            .then_some(())
    })
    .await;
    let now = world
        .when_followed("told", |now| !now.problems().is_empty())
        .await;
    assert!(now.canary("shop", "checkout").is_some());
}

/// A template `shop/own`.
fn template() -> serde_json::Value {
    json!({
        "apiVersion": "serin.dev/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "own", "namespace": "shop"},
        "spec": {
            "successRate": {"requests": {"metric": "requests_total"}, "errors": {"match": {"code": "5.."}}},
            "arm": {"app": "${workload}"},
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_daemons_own_machine_is_refused() {
    let world = World::empty().await.with_daemon().await;

    world.server.put(canary(json!({"traffic": {"file": {
        "path": "/etc/passwd",
        "virtualService": "checkout",
        "stable": {"subset": "stable"},
        "canary": {"subset": "canary"},
    }}})));

    let refused = world
        .when_followed("refused", |now| !now.problems().is_empty())
        .await;
    assert!(refused.canaries().is_empty());
    let problem = refused.problems().listed[0].to_string();
    assert!(
        problem
            .starts_with("canary shop/checkout: spec.traffic: expected `istio`, in a cluster, found `file`"),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_from_a_compacted_version_goes_on() {
    let world = World::seen().await;

    world.server.refuse().await;
    world.edit(|canary| canary["spec"]["mode"] = json!("observe"));
    world.server.compact();
    world.server.recover();

    world
        .when_followed("edited", |now| {
            now.canary("shop", "checkout")
                .is_some_and(|canary| canary.mode == Mode::Observe)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_takes_nothing_away_and_is_found_when_it_is_back() {
    let world = World::seen().await;

    world.server.refuse().await;
    world
        .when_known("in trouble", |resources| resources.trouble.is_some())
        .await;
    world
        .when_followed("unchanged", |now| now.canary("shop", "checkout").is_some())
        .await;
    world.server.delete("canaries", "shop", "checkout");
    world.server.recover();

    world
        .when_followed("gone", |now| now.is_gone("shop", "checkout"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_gone_before_everything_was_listed() {
    let world = World::unseen().await;
    world.server.fail_with(503);

    let world = world.with_daemon().await;

    world
        .when_known("in trouble", |resources| resources.trouble.is_some())
        .await;
    world
        .when_followed("unknown", |now| !now.is_gone("shop", "checkout"))
        .await;
    world.server.recover();
    world
        .when_followed("known", |now| now.canary("shop", "checkout").is_some())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_canary_costs_no_requests() {
    let world = World::seen().await;
    for number in 0..20 {
        let mut other = canary(json!({}));
        other["metadata"]["name"] = json!(format!("shop-{number}"));
        world.server.put(other);
        world.server.put(deployment(&format!("other-{number}"), "v1"));
    }
    until("told", async || {
        world.clock.skip(std::time::Duration::from_secs(1));
        let canaries = world.server.objects("canaries");
        let is_told = |canary: &serde_json::Value| !canary["status"]["observed"].is_null();
        let is_all_told =
            canaries.iter().all(is_told) && world.server.objects("events").len() == canaries.len();
        is_all_told.then_some(())
    })
    .await;
    world.server.forget_requests();

    for _ in 0..60 {
        world.clock.skip(std::time::Duration::from_secs(60));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // Something that is seen to happen says that everybody was awake meanwhile.
    world.edit(|canary| canary["spec"]["mode"] = json!("observe"));
    world
        .when_followed("edited", |now| {
            now.canary("shop", "checkout")
                .is_some_and(|canary| canary.mode == Mode::Observe)
        })
        .await;

    let requests = world.server.requests();
    let others: Vec<_> = requests
        .iter()
        .filter(|asked| !asked.path.contains("/canaries/checkout/status"))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}
