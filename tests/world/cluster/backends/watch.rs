//! Which pods are Ready, by a watch of the API server's. One that ends, since the server was away or the version too
//! old, is followed by a new list.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;

use super::pod::{Identity, Pod};
use super::{LINGER, State};
use crate::world::cluster::access::{ADMIN, API_SERVER, token};

/// Between two lists. A server that is away is asked so often.
const PAUSE: Duration = Duration::from_millis(50);

/// Keeps the pods that answer in step with those that are Ready, for ever.
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
                watch(events, &state).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the events end.
async fn watch(mut events: Response, state: &Arc<Mutex<State>>) {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = events.chunk().await {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            let Ok(event) = serde_json::from_slice::<Value>(&line) else {
                return;
            };
            let pod = &event["object"];
            match event["type"].as_str() {
                Some("ADDED" | "MODIFIED") => keep(state, name(pod), Identity::of_ready(pod)).await,
                Some("DELETED") => keep(state, name(pod), None).await,
                _ => return,
            }
        }
    }
}

/// These are all that there are.
async fn replace(state: &Arc<Mutex<State>>, pods: &Value) {
    let pods = pods.as_array().map_or(&[][..], Vec::as_slice);
    let there: BTreeSet<&str> = pods.iter().map(name).collect();
    let running: Vec<String> = state.lock().unwrap().pods.keys().cloned().collect();
    for gone in running.iter().filter(|pod| !there.contains(pod.as_str())) {
        keep(state, gone, None).await;
    }
    for pod in pods {
        keep(state, name(pod), Identity::of_ready(pod)).await;
    }
}

/// The pod answers as long as it is Ready.
async fn keep(state: &Arc<Mutex<State>>, name: &str, ready: Option<Identity>) {
    let running = {
        let state = state.lock().unwrap();
        state.pods.get(name).map(|pod| pod.identity.clone())
    };
    if running == ready {
        return;
    }
    let gone = state.lock().unwrap().pods.remove(name);
    if let Some(pod) = gone {
        linger(state, pod);
    }
    if let Some(identity) = ready {
        // Addresses are used again.
        let before = state.lock().unwrap().lingering.remove(&identity.address);
        if let Some(pod) = before {
            pod.end().await;
        }
        let behaviour = state.lock().unwrap().behaviour(&identity);
        let pod = Pod::start(identity, behaviour, Arc::clone(state)).await;
        state.lock().unwrap().pods.insert(name.to_owned(), pod);
    }
    state.lock().unwrap().tell_scraper();
}

/// It answers a little longer.
fn linger(state: &Arc<Mutex<State>>, pod: Pod) {
    let identity = pod.identity.clone();
    let address = identity.address;
    state.lock().unwrap().lingering.insert(address, pod);
    let state = Arc::clone(state);
    tokio::spawn(async move {
        tokio::time::sleep(LINGER).await;
        let mut state = state.lock().unwrap();
        // Unless another one has come and gone at the same address.
        if state
            .lingering
            .get(&address)
            .is_some_and(|pod| pod.identity == identity)
        {
            state.lingering.remove(&address);
        }
    });
}

fn name(pod: &Value) -> &str {
    pod["metadata"]["name"].as_str().unwrap_or_default()
}
