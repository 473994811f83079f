//! Whose a document is, by its `apiVersion` and `kind`.

use super::reading::API_VERSION;
use crate::document::{FieldPath, Node, Value, nearest};

/// The kinds that there are under it.
const KINDS: [&str; 2] = ["Canary", "AnalysisTemplate"];
/// The group of [`API_VERSION`].
const GROUP: &str = "serin.dev";
/// Letters in which a group may differ and still be meant as ours; with more it is somebody else's.
const GROUP_SLIP: usize = 1;

/// What else a document may be that says nothing of itself. The name of a configuration's file may be any.
const CONFIGURATION: &str = "a configuration of Serin itself is checked with `serin check --config FILE`";

/// Whose a document is.
pub(super) enum Identity {
    Canary,
    Template,
    /// Several objects, as `kubectl get --output yaml` prints them.
    List,
    Foreign {
        kind: String,
        api_version: String,
    },
    Unknown {
        field: FieldPath,
        expected: String,
        hint: Option<String>,
    },
}

/// Says whose `root` is.
pub(super) fn identify(root: &Node) -> Identity {
    let unknown = |field: &str, expected: String, hint| Identity::Unknown {
        field: FieldPath::of(field),
        expected,
        hint,
    };
    if !matches!(root.value, Value::Mapping(_)) {
        return Identity::Unknown {
            field: FieldPath::default(),
            expected: "a document with `apiVersion` and `kind`".to_owned(),
            hint: None,
        };
    }
    let Some(api_version) = root.text_at(&FieldPath::of("apiVersion")) else {
        let has_kind = root.text_at(&FieldPath::of("kind")).is_some();
        let hint = (!has_kind).then(|| CONFIGURATION.to_owned());
        return unknown("apiVersion", format!("`{API_VERSION}`"), hint);
    };
    let group = api_version.split('/').next().unwrap_or_default();
    if api_version == "v1" && root.text_at(&FieldPath::of("kind")) == Some("List") {
        return Identity::List;
    }
    if strsim::damerau_levenshtein(group, GROUP) > GROUP_SLIP {
        return match root.text_at(&FieldPath::of("kind")) {
            Some(kind) => Identity::Foreign {
                kind: kind.to_owned(),
                api_version: api_version.to_owned(),
            },
            None => unknown("kind", "a kind".to_owned(), None),
        };
    }
    if api_version != API_VERSION {
        return unknown("apiVersion", format!("`{API_VERSION}`"), None);
    }
    match root.text_at(&FieldPath::of("kind")) {
        Some("Canary") => Identity::Canary,
        Some("AnalysisTemplate") => Identity::Template,
        kind => unknown(
            "kind",
            format!("one of `{}`", KINDS.join("`, `")),
            kind.and_then(|kind| nearest(kind, KINDS))
                .map(|near| format!("did you mean `{near}`?")),
        ),
    }
}
