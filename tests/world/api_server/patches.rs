//! Patches: JSON patch (RFC 6902) and merge patch (RFC 7386).

use serde_json::Value;

use super::refusal::Refusal;

/// `object` after every operation, or none of them.
pub(super) fn json_patch(mut object: Value, operations: &Value) -> Result<Value, Refusal> {
    let operations = operations.as_array().ok_or_else(|| {
        Refusal::bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        )
    })?;
    for operation in operations {
        make(&mut object, operation).ok_or_else(Refusal::unfit_patch)?;
    }
    Ok(object)
}

/// `object` with every field of `patch` set, and every null of it removed.
pub(super) fn merge_patch(object: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = Value::Object(serde_json::Map::new());
    }
    let merged = object.as_object_mut().expect("it was made one");
    for (name, value) in fields {
        if value.is_null() {
            merged.remove(name);
        } else {
            merge_patch(merged.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

fn make(object: &mut Value, operation: &Value) -> Option<()> {
    let text = |field: &str| operation.get(field).and_then(Value::as_str);
    let path = text("path")?;
    match text("op")? {
        "add" => add(object, path, operation.get("value")?.clone()),
        "replace" => replace(object, path, operation.get("value")?.clone()),
        "remove" => remove(object, path).map(drop),
        "test" => (object.pointer(path)? == operation.get("value")?).then_some(()),
        "move" => {
            let moved = remove(object, text("from")?)?;
            add(object, path, moved)
        }
        "copy" => {
            let copied = object.pointer(text("from")?)?.clone();
            add(object, path, copied)
        }
        _ => None,
    }
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, last) = path.rsplit_once('/')?;
    match object.pointer_mut(parent)? {
        Value::Object(fields) => drop(fields.insert(unescaped(last), value)),
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            let index = last.parse().ok().filter(|index| *index <= items.len())?;
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

/// As the server does it: RFC 6902 would refuse a field that is not there.
fn replace(object: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, last) = path.rsplit_once('/')?;
    match object.pointer_mut(parent)? {
        Value::Object(fields) => drop(fields.insert(unescaped(last), value)),
        Value::Array(items) => *items.get_mut(last.parse::<usize>().ok()?)? = value,
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = path.rsplit_once('/')?;
    match object.pointer_mut(parent)? {
        // In order, as if it had never been there.
        Value::Object(fields) => fields.shift_remove(&unescaped(last)),
        Value::Array(items) => {
            let index: usize = last.parse().ok()?;
            (index < items.len()).then(|| items.remove(index))
        }
        _ => None,
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
