//! A Kubernetes API server, in process: real HTTP, the rules of 1.36 for what Serin uses of it, and faults on demand.
//!
//! Any kind of its list (`kinds.rs`) is kept as the JSON that it is: nothing is defaulted, pruned or held against a schema. Also
//! left to the real server: server-side apply, strategic merges, managed fields, admission, garbage collection.

mod answer;
mod apart;
mod change;
mod checks;
mod connections;
mod faults;
mod key;
mod kinds;
mod made_up;
mod page;
mod patches;
mod refusal;
mod reviews;
mod selector;
mod shared;
mod store;
mod target;
mod users;
mod watch;
mod words;
mod write;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use serin::kubernetes::{Access, Cluster};
use tempfile::TempDir;

use self::connections::{Open, Port};
use self::shared::Shared;
use self::target::Target;

pub(crate) use self::reviews::{ACCESS_REVIEWS, TOKEN_REVIEWS};
pub(crate) use self::shared::Asked;
pub(crate) use self::store::Commit;
pub(crate) use self::users::{ALICE, BOB, SERIN};
use super::marked;

/// The server. Dropping it stops it, and sweeps every object that ever was and everything that was asked.
pub(crate) struct ApiServer {
    shared: Arc<Shared>,
    port: Port,
    open: Mutex<Option<Open>>,
    folder: TempDir,
}

impl ApiServer {
    /// Starts it, without any object.
    pub(crate) async fn start() -> Self {
        // A real one has written objects of its own by the time that anybody asks.
        Self::start_at(100).await
    }

    /// Starts it with this as the version of the last change.
    pub(crate) async fn start_at(version: u64) -> Self {
        let (shared, port) = (Arc::new(Shared::new(version)), Port::free().unwrap());
        let open = port.open(&shared).unwrap();
        Self {
            shared,
            port,
            open: Mutex::new(Some(open)),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.port.address)
    }

    /// A kubeconfig of one who may do everything.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.kubeconfig_of(SERIN)
    }

    /// A kubeconfig with this token: [`SERIN`], [`ALICE`], [`BOB`], or one that nobody was given.
    pub(crate) fn kubeconfig_of(&self, token: &str) -> PathBuf {
        // A path is no secret, and the token in it is one.
        let file = tempfile::Builder::new()
            .suffix(".kubeconfig")
            .tempfile_in(self.folder.path());
        let (_, path) = file.unwrap().keep().unwrap();
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": self.url()}}],
            "users": [{"name": "user", "user": {"token": token}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "user"}}],
            "current-context": "fake",
        });
        fs::write(&path, config.to_string()).unwrap();
        path
    }

    /// How one who may do everything gets there.
    pub(crate) fn access(&self) -> Access {
        self.access_of(SERIN)
    }

    /// How the one with this token gets there.
    pub(crate) fn access_of(&self, token: &str) -> Access {
        Access {
            kubeconfig: Some(self.kubeconfig_of(token)),
            context: None,
        }
    }

    /// A connection of one who may do everything.
    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::new(self.access())
    }

    /// Creates or replaces an object, status included; gives it as it is kept. Without a namespace it is in `default`.
    pub(crate) fn put(&self, object: Value) -> Value {
        self.shared.change(|store| store.put(object))
    }

    /// Changes an object that is there, status included.
    pub(crate) fn edit(&self, plural: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
        self.shared
            .change(|store| store.edit(plural, namespace, name, change));
    }

    /// Removes an object, finalizers or not; one that is not there is as good as removed.
    pub(crate) fn remove(&self, plural: &str, namespace: &str, name: &str) {
        self.shared.change(|store| store.remove(plural, namespace, name));
    }

    /// Deletes an object as a client would: what has finalizers is only marked.
    pub(crate) fn delete(&self, plural: &str, namespace: &str, name: &str) {
        let target = Target::of_object(plural, namespace);
        let deleted = self
            .shared
            .change(|store| write::delete(store, &target, name, &Value::Null, false));
        deleted.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    }

    /// An object as it is now.
    pub(crate) fn object(&self, plural: &str, namespace: &str, name: &str) -> Value {
        let found = self.find(plural, namespace, name);
        found.unwrap_or_else(|| panic!("there is no {namespace}/{name} of {plural}"))
    }

    /// An object as it is now, if it is there.
    pub(crate) fn find(&self, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        self.shared.store().object(plural, namespace, name).cloned()
    }

    /// Every object of a kind, by namespace and name.
    pub(crate) fn objects(&self, plural: &str) -> Vec<Value> {
        self.shared.store().all(plural).cloned().collect()
    }

    /// Every version of an object that ever was, in order.
    pub(crate) fn history(&self, plural: &str, namespace: &str, name: &str) -> Vec<Commit> {
        self.shared
            .store()
            .history(plural, namespace, name)
            .cloned()
            .collect()
    }

    /// The places of it that tell a secret. (Whoever asks whose a token is has to send the token.)
    pub(crate) fn finds(&self) -> Vec<String> {
        let asked = self
            .requests()
            .into_iter()
            .filter(|asked| asked.path != TOKEN_REVIEWS);
        let asked = asked.map(|asked| ("a request", format!("{} {}", asked.path, asked.body)));
        let store = self.shared.store();
        let objects = store
            .since(0)
            .iter()
            .map(|commit| ("an object", commit.object.to_string()));
        let all = asked.chain(objects);
        all.filter_map(|(what, text)| Some(format!("{what}: {}", marked::find(text.as_bytes())?)))
            .collect()
    }

    /// Every request since the start, or since [`forget_requests`](Self::forget_requests).
    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.shared.log().clone()
    }

    /// Counts requests from now on.
    pub(crate) fn forget_requests(&self) {
        self.shared.log().clear();
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        marked::fail_with(&self.finds());
    }
}
