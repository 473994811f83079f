//! What a webhook may say, and what is refused before anything acts.

use serde_json::{Value, json};

use super::{body, gate, judged};
use crate::routes::in_process::InProcess;

const PATH: &str = "/webhooks/flagger/confirm-rollout";

/// The field that is refused, with what is told of it.
async fn refused(api: &InProcess, body: &Value) -> (String, String) {
    let problem = api.post(PATH, &[], body.to_string()).await.problem(400, "field");
    let field = problem["field"].as_str().unwrap().to_owned();
    assert_eq!(judged(api), None, "{field}");
    (field, problem.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_body_without_its_names_is_refused_with_the_field() {
    let api = gate();
    for field in ["name", "namespace", "checksum"] {
        for wrong in [Value::Null, "".into(), 7.into(), "a\u{0}b".into()] {
            let mut body = body("a");
            body[field] = wrong;
            assert_eq!(refused(&api, &body).await.0, field);
        }
    }
    let mut named = body("a");
    named["name"] = "Check Out".into();
    assert_eq!(refused(&api, &named).await.0, "name");
    for text in ["", "[]", "{", "null", "\u{feff}{}"] {
        let problem = api.post(PATH, &[], text).await.problem(400, "field");
        assert_eq!(problem["field"], "body", "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_is_checked_as_a_canary_is() {
    let api = gate();
    for (part, text, field) in [
        (
            "analysis",
            "{metrics: [{template: istio-succes-rate}]}",
            "metadata.analysis.metrics[0].template",
        ),
        (
            "analysis",
            "{metrics: [{template: istio-latency, margin: {relative: much}}]}",
            "metadata.analysis.metrics[0].margin.relative",
        ),
        (
            "analysis",
            "{dataSource: thanos, metrics: [{template: istio-latency}]}",
            "metadata.analysis.dataSource",
        ),
        ("steps", "[{weight: 0}]", "metadata.steps[0].weight"),
        ("steps", "[{weight: 5}", "metadata.steps"),
        ("maxDuration", "for ever", "metadata.maxDuration"),
        ("notify", "[nobody]", "metadata.notify[0]"),
        (
            "workloads",
            "{stable: {endpoints: ['http://169.254.169.254']}, canary: {endpoints: ['http://10.0.0.1']}}",
            "metadata.workloads",
        ),
        (
            "traffic",
            "{file: {path: /etc/passwd, virtualService: v, stable: {subset: a}, canary: {subset: b}}}",
            "metadata.traffic",
        ),
        (
            "analysis",
            "{metrics: [{template: istio-latency}]}\nmode: control",
            "metadata.analysis",
        ),
        ("mode", "control", "metadata.mode"),
        ("hooks", "[]", "metadata.hooks"),
        ("analyis", "{}", "metadata.analyis"),
    ] {
        let mut body = body("a");
        body["metadata"] = json!({ part: text });
        let (found, told) = refused(&api, &body).await;
        assert!(found.starts_with(field), "{part}: {told}");
    }
    let mut typed = body("a");
    typed["metadata"] = json!({"steps": [5, 10]});
    assert_eq!(refused(&api, &typed).await.0, "metadata.steps");
    typed["metadata"] = json!("steps");
    assert_eq!(refused(&api, &typed).await.0, "metadata");
}

#[tokio::test(start_paused = true)]
async fn what_the_configuration_lacks_is_not_told_of_the_body() {
    let api = gate();
    api.canaries.ask_nobody();
    let (field, told) = refused(&api, &body("a")).await;
    assert_eq!(field, "dataSources.default");
    assert!(told.contains("in the configuration of the daemon"), "{told}");
    let mut named = body("a");
    named["metadata"] = json!({"analysis": "{dataSource: thanos, metrics: [{template: istio-latency}]}"});
    assert_eq!(refused(&api, &named).await.0, "metadata.analysis.dataSource");
}

#[tokio::test(start_paused = true)]
async fn nothing_in_a_body_makes_a_rollout_that_writes() {
    let api = gate();
    for text in [
        "2h\n  mode: control",
        "2h\r  mode: control",
        "2h\nmode: control\n",
        "2h # x\n...\n---\nkind: Canary",
    ] {
        let mut body = body("a");
        body["metadata"] = json!({ "maxDuration": text });
        api.post(PATH, &[], body.to_string()).await.problem(400, "field");
    }
    assert_eq!(judged(&api), None);
}

#[tokio::test(start_paused = true)]
async fn a_slip_in_a_name_is_told() {
    let api = gate();
    let mut body = body("a");
    body["metadata"] = json!({"analyis": "{}"});
    assert!(refused(&api, &body).await.1.contains("did you mean `analysis`?"));
}

#[tokio::test(start_paused = true)]
async fn metadata_beside_a_document_is_refused() {
    let api =
        InProcess::of(crate::world::World::new().with(|canary| canary.mode = serin::spec::Mode::Observe));
    let mut body = body("a");
    body["metadata"] = json!({"steps": "[{weight: 5}]"});
    assert_eq!(refused(&api, &body).await.0, "metadata.steps");
}

#[tokio::test(start_paused = true)]
async fn what_a_later_flagger_adds_is_passed_over() {
    let api = gate();
    let mut body = body("a");
    body["buildId"] = "7".into();
    let answer = api.post(PATH, &[], body.to_string()).await;
    assert_eq!(answer.status, 403);
    assert!(judged(&api).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_is_not_read() {
    let api = gate();
    let mut body = body("a");
    body["metadata"] = json!({"analysis": "x".repeat(64 << 10)});
    api.post(PATH, &[], body.to_string())
        .await
        .problem(413, "body-too-long");
    assert_eq!(judged(&api), None);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_other_webhook() {
    let api = gate();
    for path in ["/webhooks/flagger/promote", "/webhooks/flagger", "/webhooks"] {
        let answer = api.post(path, &[], body("a").to_string()).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
