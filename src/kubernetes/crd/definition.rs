//! What a definition says beside its schema: names, columns, the status as a subresource.

use serde_json::{Value, json};

use crate::kubernetes::Kind;

/// A resource, as the API server is told of it.
pub(super) struct Definition {
    pub(super) kind: Kind,
    /// For `kubectl get`. Flagger and Argo Rollouts have resources of the same names: these are in neither.
    pub(super) short_names: &'static [&'static str],
    pub(super) categories: &'static [&'static str],
    /// What `kubectl get` shows: a title, the type, and where it is.
    pub(super) columns: &'static [Column],
    /// Of the whole object.
    pub(super) schema: Value,
}

/// A column of `kubectl get`.
pub(super) struct Column {
    name: &'static str,
    r#type: &'static str,
    path: &'static str,
    about: &'static str,
    is_wide: bool,
}

/// A column with its title, its type (`integer`, `string`, or `date` for what is shown as an age), where its value is, and what that
/// means.
pub(super) const fn column(
    name: &'static str,
    r#type: &'static str,
    path: &'static str,
    about: &'static str,
) -> Column {
    Column {
        name,
        r#type,
        path,
        about,
        is_wide: false,
    }
}

impl Definition {
    /// The CustomResourceDefinition.
    pub(super) fn into_value(self) -> Value {
        let Kind {
            group,
            version,
            kind,
            plural,
        } = self.kind;
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{plural}.{group}"),
                "labels": { "app.kubernetes.io/part-of": "serin" },
            },
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {
                    "kind": kind,
                    "listKind": format!("{kind}List"),
                    "singular": kind.to_lowercase(),
                    "plural": plural,
                    "shortNames": self.short_names,
                    "categories": self.categories,
                },
                "versions": [{
                    "name": version,
                    "served": true,
                    "storage": true,
                    "subresources": { "status": {} },
                    "additionalPrinterColumns": self.columns.iter().map(Column::value).collect::<Vec<_>>(),
                    "schema": { "openAPIV3Schema": self.schema },
                }],
            },
        })
    }
}

impl Column {
    /// The same, shown by `--output wide` alone.
    pub(super) const fn in_wide(self) -> Self {
        Self {
            is_wide: true,
            ..self
        }
    }

    fn value(&self) -> Value {
        let mut value = json!({
            "name": self.name,
            "type": self.r#type,
            "description": self.about,
            "jsonPath": self.path,
        });
        if self.is_wide {
            value["priority"] = 1.into();
        }
        value
    }
}
