//! The API server in process, on which the fast tests stand, beside the real one: the same requests, answer by answer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api_server::client;
use crate::api_server::story::{self, Step};
use crate::world::api_server::{ApiServer, SERIN};
use crate::world::cluster::{Cluster, Mesh, Shared};

static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

#[tokio::test]
async fn both_answer_alike_about_virtual_services() {
    let cluster = namespace("alike").await;
    compare(&cluster, &story::of_virtual_services("alike"), whole).await;
}

#[tokio::test]
async fn both_keep_the_same_rules_about_built_in_kinds() {
    let cluster = namespace("rules").await;
    compare(&cluster, &story::of_built_in_kinds("rules"), rules).await;
}

async fn namespace(name: &str) -> Cluster {
    let cluster = SHARED.join().await;
    cluster.kubectl(&["create", "namespace", name]);
    cluster
}

/// Tells every step that is not answered alike.
async fn compare(cluster: &Cluster, steps: &[Step], comparable: fn(&Value) -> Value) {
    let real = story::answers(steps, async |step| match &step.body {
        Some(body) => {
            cluster
                .api
                .send(step.method, &step.path, step.content_type, body)
                .await
        }
        None => cluster.api.ask(step.method, &step.path).await,
    });
    let real = real.await;
    let server = ApiServer::start().await;
    let fake = story::answers(steps, async |step| {
        let Step {
            method,
            path,
            content_type,
            body,
        } = step;
        let body = body.as_ref().map(ToString::to_string).unwrap_or_default();
        client::send(&server, SERIN, method, &path, content_type, body).await
    });
    let fake = fake.await;
    let mut unlike = Vec::new();
    for (step, (real, fake)) in steps.iter().zip(real.iter().zip(&fake)) {
        let [real, fake] = [real, fake].map(|(code, answer)| (*code, comparable(&events(step, answer))));
        if real != fake {
            unlike.push(format!(
                "{}\n  real {} {}\n  fake {} {}",
                step.told(),
                real.0,
                real.1,
                fake.0,
                fake.1
            ));
        }
    }
    assert!(
        unlike.is_empty(),
        "{} of {} steps:\n{}",
        unlike.len(),
        steps.len(),
        unlike.join("\n")
    );
}

/// The events of a watch as a list; every other answer as it is.
fn events(step: &Step, answer: &Value) -> Value {
    if step.method != Method::GET || !step.path.contains("watch=1") {
        return answer.clone();
    }
    match answer {
        Value::String(lines) => lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .collect(),
        one => json!([one]),
    }
}

/// Everything but what each server makes up for itself.
fn whole(answer: &Value) -> Value {
    match answer {
        Value::Object(fields) => fields.iter().filter_map(made_up).collect(),
        Value::Array(items) => items.iter().map(whole).collect(),
        other => other.clone(),
    }
}

/// Of an object what the rules are about; every refusal whole.
fn rules(answer: &Value) -> Value {
    if answer["kind"] == "Status" || !answer.is_object() {
        return whole(answer);
    }
    let metadata = &answer["metadata"];
    let name = if metadata["generateName"].is_null() {
        &metadata["name"]
    } else {
        &metadata["generateName"]
    };
    let items = answer["items"]
        .as_array()
        .map(|items| items.iter().map(rules).collect::<Value>());
    json!({
        "kind": answer["kind"],
        "apiVersion": answer["apiVersion"],
        "name": name,
        "generation": metadata["generation"],
        "labels": metadata["labels"],
        "items": items,
    })
}

/// A field without what each server makes up.
fn made_up((name, value): (&String, &Value)) -> Option<(String, Value)> {
    let kept = match (name.as_str(), value) {
        ("uid" | "creationTimestamp" | "managedFields" | "resourceVersion", _) => return None,
        ("deletionTimestamp", Value::String(_)) => json!("set"),
        ("continue", Value::String(token)) => json!(if token.is_empty() { "" } else { "more" }),
        ("message", Value::String(text)) => json!(without_ids(text)),
        (_, value) => whole(value),
    };
    Some((name.clone(), kept))
}

/// A message without versions and uids.
fn without_ids(text: &str) -> String {
    let word = |word: &str| match word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()) {
        number if number.parse::<u64>().is_ok() => "N".to_owned(),
        uid if uid.len() == 36 && uid.matches('-').count() == 4 => "UID".to_owned(),
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
