//! What a create, an update and a delete do, by the server's rules.

use serde_json::{Value, json};

use super::checks::{check_beginning, check_finalizers, check_uid, check_version, nameless};
use super::key::Key;
use super::kinds::{Generation, Origin, Served};
use super::made_up::now;
use super::refusal::Refusal;
use super::store::Store;
use super::target::Target;

/// What only the server writes.
const SERVERS_OWN: [&str; 6] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// How an object is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Put,
    Patch,
}

/// Keeps a new object.
pub(super) fn create(
    store: &mut Store,
    target: &Target,
    mut object: Value,
    dry: bool,
) -> Result<Value, Refusal> {
    let kind = target.kind;
    check_version(target, &object)?;
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let metadata = &object["metadata"];
    if metadata["namespace"]
        .as_str()
        .is_some_and(|said| said != namespace)
    {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(message));
    }
    if !metadata["resourceVersion"].is_null() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Refusal::new(500, "", message));
    }
    let name = match (metadata["name"].as_str(), metadata["generateName"].as_str()) {
        (Some(name), _) if !name.is_empty() => name.to_owned(),
        (_, Some(beginning)) => {
            let name = format!("{beginning}{}", store.suffix());
            check_beginning(kind, beginning, &name)?;
            name
        }
        _ => return Err(nameless(kind)),
    };
    let key = target.key(&name);
    if store.get(&key).is_some() {
        return Err(Refusal::already_exists(kind, &name));
    }
    if kind.has_status
        && let Some(fields) = object.as_object_mut()
    {
        fields.remove("status");
    }
    if dry {
        Ok(object)
    } else {
        Ok(store.insert(kind, key, object))
    }
}

/// The object of this name as it is now, and where it is kept.
fn there(store: &Store, target: &Target, name: &str) -> Result<(Key, Value), Refusal> {
    let key = target.key(name);
    let old = store.get(&key).cloned();
    let old = old.ok_or_else(|| Refusal::not_found(target.kind, name))?;
    Ok((key, old))
}

/// Keeps `new` in place of the object of this name, or its status alone.
pub(super) fn update(
    store: &mut Store,
    target: &Target,
    name: &str,
    mut new: Value,
    how: How,
    dry: bool,
) -> Result<Value, Refusal> {
    let kind = target.kind;
    let (key, old) = there(store, target, name)?;
    check_version(target, &new)?;
    let metadata = &new["metadata"];
    let said = metadata["name"].as_str().unwrap_or_default();
    if said != name {
        let message = format!("the name of the object ({said}) does not match the name on the URL ({name})");
        return Err(Refusal::bad_request(message));
    }
    check_uid(target, name, how, &metadata["uid"], &old["metadata"]["uid"])?;
    match metadata["resourceVersion"].as_str().unwrap_or_default() {
        "" if kind.origin == Origin::BuiltIn => {}
        "" => return Err(Refusal::no_version(kind, name)),
        version if old["metadata"]["resourceVersion"] != version => return Err(Refusal::stale(kind, name)),
        _ => {}
    }
    check_finalizers(kind, name, &old["metadata"], metadata)?;
    if target.subresource.is_some() {
        let status = new["status"].take();
        new = old.clone();
        new["status"] = status;
    } else if kind.has_status {
        carry(&old, &mut new, "status");
    }
    let new = settled(kind, &old, new);
    if dry {
        Ok(new)
    } else {
        Ok(store.replace(key, &old, new))
    }
}

/// Removes an object, or marks it where somebody has yet to clean up behind it.
pub(super) fn delete(
    store: &mut Store,
    target: &Target,
    name: &str,
    options: &Value,
    dry: bool,
) -> Result<Value, Refusal> {
    let kind = target.kind;
    let (key, old) = there(store, target, name)?;
    for (field, said) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let (wanted, there) = (&options["preconditions"][field], &old["metadata"][field]);
        if !wanted.is_null() && wanted != there {
            let (wanted, there) = [wanted, there]
                .map(|value| value.as_str().unwrap_or_default())
                .into();
            return Err(Refusal::unmet(kind, name, said, wanted, there));
        }
    }
    let held = old["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|held| !held.is_empty());
    if !held {
        if !dry {
            store.delete(&key);
        }
        let details =
            json!({"name": name, "group": kind.group, "kind": kind.plural, "uid": old["metadata"]["uid"]});
        return Ok(
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
        );
    }
    let mut new = old.clone();
    let metadata = &mut new["metadata"];
    if metadata["deletionTimestamp"].is_null() {
        metadata["deletionTimestamp"] = json!(now());
        metadata["deletionGracePeriodSeconds"] = json!(0);
        if let Some(generation) = metadata["generation"].as_u64() {
            metadata["generation"] = json!(generation + 1);
        }
    }
    if dry {
        return Ok(new);
    }
    Ok(store.replace(key, &old, new))
}

/// `new` with what only the server writes as `old` has it, and its generation counted.
pub(super) fn settled(kind: &Served, old: &Value, mut new: Value) -> Value {
    carry(old, &mut new, "apiVersion");
    carry(old, &mut new, "kind");
    for field in ["name", "namespace"].into_iter().chain(SERVERS_OWN) {
        carry(&old["metadata"], &mut new["metadata"], field);
    }
    tidy(&mut new);
    if raises_generation(kind, old, &new) {
        let generation = old["metadata"]["generation"].as_u64().unwrap_or(0);
        new["metadata"]["generation"] = json!(generation + 1);
    }
    new
}

/// Removes the fields of metadata that say nothing: a server does not keep them.
pub(super) fn tidy(object: &mut Value) {
    let says_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|_, value| !says_nothing(value));
    }
}

fn raises_generation(kind: &Served, old: &Value, new: &Value) -> bool {
    let wanted = |object: &Value| {
        let mut fields = object.clone();
        fields["metadata"] = Value::Null;
        fields["status"] = Value::Null;
        fields
    };
    let spec = wanted(old) != wanted(new);
    let annotations = old["metadata"]["annotations"] != new["metadata"]["annotations"];
    match kind.generation {
        Generation::Absent => false,
        Generation::Spec => spec,
        Generation::SpecAndAnnotations => spec || annotations,
    }
}

/// Makes a field of `new` what it is in `old`, absent included.
fn carry(old: &Value, new: &mut Value, field: &str) {
    match (old.get(field), new.as_object_mut()) {
        (Some(value), Some(fields)) => drop(fields.insert(field.to_owned(), value.clone())),
        (None, Some(fields)) => drop(fields.remove(field)),
        (_, None) => {}
    }
}
