//! What becomes of pods, by a watch of the API server's. One that ends, since the server was away or the version too old,
//! is followed by a new list.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;

use super::identity::{Fate, Identity};
use super::pod::Pod;
use super::{LINGER, State};
use crate::world::cluster::access::{ADMIN, API_SERVER, token};
use crate::world::cluster::events::Events;

/// Between two lists. A server that is away is asked so often.
const PAUSE: Duration = Duration::from_millis(50);

/// Keeps the pods that answer in step with those that run, for ever.
pub(super) async fn follow(client: Client, namespace: String, state: Arc<Mutex<State>>) {
    let pods = format!("{API_SERVER}/api/v1/namespaces/{namespace}/pods");
    let ask = async |url: String| {
        let answer = client.get(url).bearer_auth(token(ADMIN)).send().await;
        answer.and_then(Response::error_for_status)
    };
    loop {
        let list = match ask(pods.clone()).await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        if let Ok(list) = serde_json::from_str::<Value>(&list) {
            replace(&state, &list["items"]).await;
            let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            if let Ok(events) = ask(format!("{pods}?watch=1&resourceVersion={version}")).await {
                watch(Events::of(events), &state).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the events end.
async fn watch(mut events: Events, state: &Arc<Mutex<State>>) {
    while let Some(event) = events.next().await {
        let pod = &event["object"];
        match event["type"].as_str() {
            Some("ADDED" | "MODIFIED") => follow_one(state, name(pod), Fate::of(pod)).await,
            Some("DELETED") => follow_one(state, name(pod), Fate::Leaves).await,
            _ => return,
        }
    }
}

/// These are all that there are.
async fn replace(state: &Arc<Mutex<State>>, pods: &Value) {
    let pods = pods.as_array().map_or(&[][..], Vec::as_slice);
    let there: BTreeSet<&str> = pods.iter().map(name).collect();
    let running: Vec<String> = state.lock().unwrap().pods.keys().cloned().collect();
    for gone in running.iter().filter(|pod| !there.contains(pod.as_str())) {
        follow_one(state, gone, Fate::Leaves).await;
    }
    for pod in pods {
        follow_one(state, name(pod), Fate::of(pod)).await;
    }
}

async fn follow_one(state: &Arc<Mutex<State>>, name: &str, fate: Fate) {
    let running = state.lock().unwrap().identity_of(name);
    match fate {
        Fate::Runs { identity, ready } => {
            if running.as_ref() != Some(&identity) {
                leave(state, name);
                start(state, identity).await;
            }
            state.lock().unwrap().is_ready(name, ready);
        }
        Fate::Leaves => leave(state, name),
        Fate::IsDown => drop(state.lock().unwrap().pods.remove(name)),
    }
    let state = state.lock().unwrap();
    if state.identity_of(name) != running {
        state.tell_scraper();
    }
}

async fn start(state: &Arc<Mutex<State>>, identity: Identity) {
    let behaviour = state.lock().unwrap().behaviour(&identity);
    let name = identity.name.clone();
    let pod = Pod::start(identity, behaviour, Arc::clone(state)).await;
    state.lock().unwrap().pods.insert(name, pod);
}

/// It answers a little longer.
fn leave(state: &Arc<Mutex<State>>, name: &str) {
    let pod = state.lock().unwrap().pods.remove(name);
    if let Some(pod) = pod {
        tokio::spawn(async move {
            tokio::time::sleep(LINGER).await;
            drop(pod);
        });
    }
}

fn name(pod: &Value) -> &str {
    pod["metadata"]["name"].as_str().unwrap_or_default()
}
