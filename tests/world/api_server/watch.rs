//! Watches: what happened since a version, and what happens from then on.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Sleep;

use super::page::shown;
use super::refusal::Refusal;
use super::selector::Selector;
use super::shared::{Pulse, Shared};
use super::store::Commit;
use super::target::{Parameters, Target};

/// Longest that one goes on whose request says no time.
const WATCH_MAX: Duration = Duration::from_secs(1800);

/// One watch.
struct Watching {
    shared: Arc<Shared>,
    target: Target,
    selector: Selector,
    /// What it has been told up to.
    told: u64,
    bookmarks: bool,
    pending: VecDeque<Value>,
    over: bool,
    pulses: watch::Receiver<Pulse>,
    pulse: Pulse,
    end: Pin<Box<Sleep>>,
}

/// The events of a watch, a line each, until its time is up.
pub(super) fn body(shared: &Arc<Shared>, target: &Target, parameters: &Parameters) -> Result<Body, Refusal> {
    let seconds = parameters.number("timeoutSeconds");
    let pulses = shared.pulses();
    let pulse = *pulses.borrow();
    let mut watching = Watching {
        shared: Arc::clone(shared),
        target: target.clone(),
        selector: Selector::of(parameters)?,
        told: 0,
        bookmarks: parameters.is("allowWatchBookmarks"),
        pending: VecDeque::new(),
        over: false,
        pulse,
        pulses,
        end: Box::pin(tokio::time::sleep(seconds.map_or(WATCH_MAX, Duration::from_secs))),
    };
    watching.begin(parameters);
    let lines = stream::unfold(watching, async |mut watching| {
        let event = watching.next().await?;
        Some((Ok::<_, Infallible>(format!("{event}\n")), watching))
    });
    Ok(Body::from_stream(lines))
}

impl Watching {
    fn begin(&mut self, parameters: &Parameters) {
        let version = parameters.number("resourceVersion").unwrap_or(0);
        let shared = Arc::clone(&self.shared);
        let store = shared.store();
        if parameters.is("sendInitialEvents") && !shared.has_watch_list() {
            let message = "a watch stream was requested by the client but the required storage feature \
                           RequestWatchProgress is disabled";
            return self.end_with(&Refusal::new(500, "InternalError", message));
        }
        if version != 0 && !parameters.is("sendInitialEvents") {
            self.told = version;
            if version < store.compacted() {
                self.end_with(&Refusal::too_old(version, store.compacted()));
            }
            return;
        }
        self.told = store.version();
        let present = store.objects().iter().filter(|(key, object)| {
            key.is_of(self.target.kind, self.target.namespace.as_deref()) && self.selector.takes(object)
        });
        for (_, object) in present {
            self.pending
                .push_back(event("ADDED", &shown(&self.target, object)));
        }
        if parameters.is("sendInitialEvents") {
            let mut bookmark = self.bookmark();
            bookmark["object"]["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            self.pending.push_back(bookmark);
        }
    }

    fn end_with(&mut self, refusal: &Refusal) {
        self.pending.push_back(event("ERROR", &refusal.status()));
        self.over = true;
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            self.shared.answering(false).await;
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let now = *self.pulses.borrow_and_update();
            if self.over || now.closed != self.pulse.closed {
                return None;
            }
            self.collect();
            if now.bookmarked != self.pulse.bookmarked && self.bookmarks {
                self.pending.push_back(self.bookmark());
            }
            self.pulse = now;
            if self.pending.is_empty() {
                tokio::select! {
                    changed = self.pulses.changed() => self.over = changed.is_err(),
                    () = &mut self.end => self.over = true,
                }
            }
        }
    }

    fn collect(&mut self) {
        let shared = Arc::clone(&self.shared);
        let store = shared.store();
        for commit in store.since(self.told) {
            self.pending.extend(self.told_of(commit));
        }
        self.told = self.told.max(store.version());
    }

    /// What one who watches with this selector is told of a change.
    fn told_of(&self, commit: &Commit) -> Option<Value> {
        if !commit
            .key
            .is_of(self.target.kind, self.target.namespace.as_deref())
        {
            return None;
        }
        let before = commit
            .before
            .as_ref()
            .is_some_and(|object| self.selector.takes(object));
        let after = !commit.deleted && self.selector.takes(&commit.object);
        let what = match (before, after) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return None,
        };
        let mut object = shown(&self.target, &commit.object);
        if what == "DELETED"
            && let Some(before) = &commit.before
        {
            // As it last was to one who watches.
            let version = object["metadata"]["resourceVersion"].take();
            object = shown(&self.target, before);
            object["metadata"]["resourceVersion"] = version;
        }
        Some(event(what, &object))
    }

    fn bookmark(&self) -> Value {
        let object = json!({
            "kind": self.target.kind.kind,
            "apiVersion": self.target.api_version(),
            "metadata": {"resourceVersion": self.told.to_string(), "creationTimestamp": null},
        });
        event("BOOKMARK", &object)
    }
}

fn event(what: &str, object: &Value) -> Value {
    json!({"type": what, "object": object})
}
