//! From the JSON schema of a type to the structural schema that an API server wants: every node with one type, everything
//! inline, no alternatives of shape.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// What schemars says and Kubernetes does not know, or wants unsaid.
const UNKNOWN: [&str; 3] = ["$schema", "title", "examples"];

/// The structural schema of a type.
pub(super) fn structural<T: JsonSchema>() -> Value {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = inline.into_generator().into_root_schema_for::<T>().to_value();
    convert(&mut schema, false);
    schema
}

/// `is_in_list`: whether the node is below the items of a list.
fn convert(node: &mut Value, is_in_list: bool) {
    let Some(fields) = node.as_object_mut() else {
        return;
    };
    for unknown in UNKNOWN {
        fields.remove(unknown);
    }
    without_null(fields);
    in_one_paragraph(fields);
    if is_in_list {
        said_and_not_filled_in(fields);
    }
    words(fields);
    quantity(fields);
    integer(fields);
    // The API server drops unknown fields by itself, and warns of them.
    if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
        fields.remove("additionalProperties");
    }
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    for (_, field) in properties.into_iter().flatten() {
        convert(field, is_in_list);
    }
    if let Some(items) = fields.get_mut("items") {
        convert(items, true);
    }
    if let Some(values) = fields.get_mut("additionalProperties") {
        convert(values, is_in_list);
    }
}

/// A field that may be left out is not one that may be null: the API server drops a null before it fills in the default.
fn without_null(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            fields["type"] = only.clone();
        }
    }
    let Some(Value::Array(mut alternatives)) = fields.remove("anyOf") else {
        return;
    };
    alternatives.retain(|one| one["type"] != "null");
    if let [Value::Object(only)] = alternatives.as_slice() {
        for (key, value) in only {
            // What the field is for says more than what its type is.
            fields.entry(key).or_insert_with(|| value.clone());
        }
    }
}

/// Lines end in the source where it is wide enough, and nowhere else.
fn in_one_paragraph(fields: &mut Map<String, Value>) {
    if let Some(Value::String(about)) = fields.get_mut("description") {
        *about = about.replace('\n', " ");
    }
}

/// A closed set of words, with what each means: `kubectl explain` shows descriptions, and only those.
fn words(fields: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = fields.remove("oneOf") else {
        return;
    };
    let words: Vec<Value> = alternatives
        .iter()
        .filter_map(|one| one.get("const").cloned())
        .collect();
    if words.len() < alternatives.len() {
        // Which of its fields an object must have: a rule says it, and in words.
        return;
    }
    let meanings = alternatives.iter().filter_map(|one| {
        let (word, meaning) = (one["const"].as_str()?, one["description"].as_str()?);
        Some(format!("\n- `{word}`: {meaning}"))
    });
    let about = fields
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let about = about.to_owned() + &meanings.collect::<String>();
    fields.insert("description".to_owned(), about.into());
    fields.insert("type".to_owned(), "string".into());
    fields.insert("enum".to_owned(), words.into());
}

/// Text or a number has a mark of its own in Kubernetes. A number there is a whole one; any other is written as text.
fn quantity(fields: &mut Map<String, Value>) {
    if fields.get("type").is_some_and(Value::is_array) {
        fields.remove("type");
        fields.insert("x-kubernetes-int-or-string".to_owned(), true.into());
    }
}

/// Kubernetes has no unsigned formats, and warns of those it does not know.
fn integer(fields: &mut Map<String, Value>) {
    if fields.get("type").is_some_and(|name| name == "integer") {
        fields.insert("format".to_owned(), "int64".into());
    }
}

/// In a list the API server's filling in is seen as drift by GitOps tools that compare lists as wholes: there the default is
/// told instead, and Serin fills it in for itself.
fn said_and_not_filled_in(fields: &mut Map<String, Value>) {
    if let Some(default) = fields.remove("default") {
        let about = fields
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let default = default
            .as_str()
            .map_or_else(|| default.to_string(), str::to_owned);
        let about = format!("{about} `{default}` where nothing is said.");
        fields.insert("description".to_owned(), about.into());
    }
}
