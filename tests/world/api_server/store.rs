//! What the server keeps: objects, one rising version for all of them, and every version that ever was.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::key::Key;
use super::kinds::{Generation, Served};
use super::made_up::{now, suffix};
use super::write::{settled, tidy};

/// One change, as it was committed.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    /// The version that it made.
    pub(crate) version: u64,
    /// Of which object.
    pub(super) key: Key,
    /// The object before it; none where it was created.
    pub(super) before: Option<Value>,
    /// The object after it, with its version; as it last was, where it was deleted.
    pub(crate) object: Value,
    /// Whether it is gone.
    pub(crate) deleted: bool,
}

/// The objects.
#[derive(Debug)]
pub(crate) struct Store {
    objects: BTreeMap<Key, Value>,
    version: u64,
    compacted: u64,
    commits: Vec<Commit>,
    named: u64,
}

impl Store {
    pub(super) const fn new(version: u64) -> Self {
        Self {
            objects: BTreeMap::new(),
            version,
            compacted: 0,
            commits: Vec::new(),
            named: 0,
        }
    }

    /// The version that the last change made.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// The version up to which changes are forgotten.
    pub(super) const fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Forgets all changes, so that nobody can begin to watch from before now.
    pub(super) const fn compact(&mut self) {
        self.compacted = self.version;
    }

    /// The changes after a version.
    pub(super) fn since(&self, version: u64) -> &[Commit] {
        let first = self.commits.partition_point(|commit| commit.version <= version);
        &self.commits[first..]
    }

    /// All objects, as they were at a version.
    pub(super) fn at(&self, version: u64) -> BTreeMap<Key, Value> {
        let mut objects = self.objects.clone();
        for commit in self.since(version).iter().rev() {
            match &commit.before {
                Some(before) => objects.insert(commit.key.clone(), before.clone()),
                None => objects.remove(&commit.key),
            };
        }
        objects
    }

    pub(super) const fn objects(&self) -> &BTreeMap<Key, Value> {
        &self.objects
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.objects.get(key)
    }

    /// An object by the plural of its kind.
    pub(crate) fn object(&self, plural: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.get(&Key::new(Served::of_plural(plural), namespace, name))
    }

    /// Every object of a kind.
    pub(super) fn all(&self, plural: &str) -> impl Iterator<Item = &Value> {
        let kind = Served::of_plural(plural);
        let of_kind = self.objects.iter().filter(|(key, _)| key.is_of(kind, None));
        of_kind.map(|(_, object)| object)
    }

    /// Every change of an object.
    pub(super) fn history(&self, plural: &str, namespace: &str, name: &str) -> impl Iterator<Item = &Commit> {
        let wanted = Key::new(Served::of_plural(plural), namespace, name);
        self.commits.iter().filter(move |commit| commit.key == wanted)
    }

    /// Creates or replaces an object, status included, as if somebody with every right had.
    pub(crate) fn put(&mut self, object: Value) -> Value {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = Served::of_manifest(&text(&object["apiVersion"]), &text(&object["kind"]));
        let namespace = match object["metadata"]["namespace"].as_str() {
            None if kind.namespaced => "default",
            namespace => namespace.unwrap_or_default(),
        };
        let key = Key::new(kind, namespace, &text(&object["metadata"]["name"]));
        match self.objects.get(&key).cloned() {
            None => self.insert(kind, key, object),
            Some(old) => self.replace(key, &old, settled(kind, &old, object)),
        }
    }

    /// Changes an object that is there, as if somebody with every right had.
    pub(crate) fn edit(
        &mut self,
        plural: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let found = self.object(plural, namespace, name).cloned();
        let mut object =
            found.unwrap_or_else(|| panic!("there is no {namespace}/{name} of {plural} to edit"));
        change(&mut object);
        self.put(object);
    }

    /// Removes an object, finalizers or not.
    pub(crate) fn remove(&mut self, plural: &str, namespace: &str, name: &str) {
        self.delete(&Key::new(Served::of_plural(plural), namespace, name));
    }

    /// Keeps a new object; gives it what only the server gives.
    pub(super) fn insert(&mut self, kind: &Served, key: Key, mut object: Value) -> Value {
        tidy(&mut object);
        let metadata = &mut object["metadata"];
        metadata["name"] = json!(key.name);
        if kind.namespaced {
            metadata["namespace"] = json!(key.namespace);
        }
        if metadata["uid"].is_null() {
            metadata["uid"] = json!(format!("00000000-0000-4000-8000-{:012x}", self.version + 1));
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = json!(now());
        }
        if kind.generation != Generation::Absent {
            metadata["generation"] = json!(1);
        }
        self.commit(key, None, object, false)
    }

    /// Keeps `new` in place of `old`, if there is a difference; gives it as it is kept.
    pub(super) fn replace(&mut self, key: Key, old: &Value, new: Value) -> Value {
        if new == *old {
            return new;
        }
        let metadata = &new["metadata"];
        let finalized = metadata["finalizers"].as_array().is_none_or(Vec::is_empty);
        if !finalized || metadata["deletionTimestamp"].is_null() {
            return self.commit(key, Some(old.clone()), new, false);
        }
        // Who watches is shown the object as it last was.
        let gone = self.commit(key, Some(old.clone()), old.clone(), true);
        let mut last = new;
        last["metadata"]["resourceVersion"] = gone["metadata"]["resourceVersion"].clone();
        last
    }

    /// Removes an object, if it is there.
    pub(super) fn delete(&mut self, key: &Key) {
        if let Some(old) = self.objects.get(key).cloned() {
            self.commit(key.clone(), Some(old.clone()), old, true);
        }
    }

    /// The end of a name that the server makes.
    pub(super) fn suffix(&mut self) -> String {
        self.named += 1;
        suffix(self.named)
    }

    fn commit(&mut self, key: Key, before: Option<Value>, mut object: Value, deleted: bool) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        if deleted {
            self.objects.remove(&key);
        } else {
            self.objects.insert(key.clone(), object.clone());
        }
        self.commits.push(Commit {
            version: self.version,
            key,
            before,
            object: object.clone(),
            deleted,
        });
        object
    }
}
