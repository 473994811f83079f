//! Every version of one object, as the API server tells of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;
use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::spec::Timestamp;

use super::Cluster;
use super::access::{ADMIN, API_SERVER, token};
use super::events::Events;
use super::worker::Worker;

/// Between two lists. A server that is away is asked so often.
const PAUSE: Duration = Duration::from_millis(50);

/// Somebody who watches an object. Dropping it ends that.
pub(crate) struct History {
    versions: Arc<Mutex<Vec<Version>>>,
    _worker: Worker,
}

/// The object at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// When it was heard of.
    pub(crate) at: Timestamp,
    pub(crate) object: Value,
}

impl History {
    /// Of the object at this path, which is there.
    pub(crate) fn of(cluster: &Cluster, path: &str) -> Self {
        let (list, name) = path.rsplit_once('/').expect("a path ends in a name");
        let versions = Arc::<Mutex<Vec<Version>>>::default();
        let worker = Worker::start();
        worker.spawn(follow(
            cluster.watching_client(),
            format!("{API_SERVER}{list}?fieldSelector=metadata.name={name}"),
            Arc::clone(&versions),
        ));
        Self {
            versions,
            _worker: worker,
        }
    }

    /// What it was so far, in order, each version once.
    pub(crate) fn versions(&self) -> Vec<Version> {
        self.versions.lock().unwrap().clone()
    }
}

/// For ever. What happens between a watch that ends and the list after it is heard of as far as it stays.
async fn follow(client: Client, list: String, versions: Arc<Mutex<Vec<Version>>>) {
    let clock = SystemClock::start();
    let heard = |object: &Value| {
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        let mut versions = versions.lock().unwrap();
        if versions.last().map(|last| version(&last.object)) != Some(version(object)) {
            versions.push(Version {
                at: clock.now(),
                object: object.clone(),
            });
        }
    };
    let ask = async |url: String| {
        let answer = client.get(url).bearer_auth(token(ADMIN)).send().await;
        answer.and_then(Response::error_for_status).ok()
    };
    loop {
        let listed = match ask(list.clone()).await {
            Some(answer) => answer.text().await.unwrap_or_default(),
            None => String::new(),
        };
        if let Ok(listed) = serde_json::from_str::<Value>(&listed) {
            listed["items"].as_array().into_iter().flatten().for_each(heard);
            let version = listed["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            if let Some(response) = ask(format!("{list}&watch=1&resourceVersion={version}")).await {
                let mut events = Events::of(response);
                while let Some(event) = events.next().await {
                    heard(&event["object"]);
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
