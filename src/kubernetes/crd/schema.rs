//! A structural schema, and the places in it.

use serde_json::{Map, Value, json};

/// The schema of a whole object.
pub(super) struct Schema(Value);

impl Schema {
    /// Of a resource with this spec and status; what its kind is for, in words. `metadata` is the API server's own.
    pub(super) fn of_resource(about: &str, spec: Value, status: Value) -> Self {
        Self(json!({
            "description": about,
            "type": "object",
            "required": ["spec"],
            "properties": {
                "apiVersion": { "type": "string" },
                "kind": { "type": "string" },
                "metadata": { "type": "object" },
                "spec": spec,
                "status": status,
            },
        }))
    }

    /// Changes each place that `path` names: fields with points between, `*` for every field, `[]` for the items of a list. The
    /// whole object is the empty path.
    pub(super) fn at(&mut self, path: &str, change: &dyn Fn(&mut Map<String, Value>)) {
        let keys: Vec<&str> = path.split('.').filter(|key| !key.is_empty()).collect();
        let places = visit(&mut self.0, &keys, change);
        assert!(
            places > 0,
            "no field is at `{path}`: what names it here is out of date"
        );
    }

    pub(super) fn into_value(self) -> Value {
        self.0
    }
}

/// How many places there were.
fn visit(node: &mut Value, keys: &[&str], change: &dyn Fn(&mut Map<String, Value>)) -> usize {
    let Some(fields) = node.as_object_mut() else {
        return 0;
    };
    let Some((key, rest)) = keys.split_first() else {
        change(fields);
        return 1;
    };
    if *key == "[]" {
        return fields
            .get_mut("items")
            .map_or(0, |items| visit(items, rest, change));
    }
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    let named = properties.into_iter().flatten();
    let wanted = named.filter(|(name, _)| *key == "*" || name == key);
    wanted.map(|(_, node)| visit(node, rest, change)).sum()
}
