//! A change of a Deployment as one JSON patch (RFC 6902).

use serde_json::{Value, json};

use super::deployment::Deployment;
use crate::kubernetes::guard;

/// A change of one of the object's annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    key: &'static str,
    value: Option<String>,
}

impl Annotation {
    /// It is `value` from now on.
    pub(super) fn set(key: &'static str, value: &str) -> Self {
        Self {
            key,
            value: Some(value.to_owned()),
        }
    }

    /// It is not there any more.
    pub(super) const fn remove(key: &'static str) -> Self {
        Self { key, value: None }
    }
}

/// A change of the object's spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    /// Another pod template.
    Template(&'a Value),
    /// Another number of pods.
    Replicas(u32),
}

/// The operations that make these changes to `deployment` as it was read, and to no other: the server answers 409 where it changed
/// meanwhile. Nothing but what is wanted and these annotations is touched.
pub(super) fn operations(
    deployment: &Deployment,
    wanted: Option<&Wanted<'_>>,
    annotations: &[Annotation],
) -> Vec<Value> {
    let mut operations = vec![guard(deployment.version())];
    match wanted {
        Some(Wanted::Template(template)) => {
            operations.push(json!({"op": "replace", "path": "/spec/template", "value": template}));
        }
        Some(Wanted::Replicas(replicas)) => {
            operations.push(json!({"op": "add", "path": "/spec/replicas", "value": replicas}));
        }
        None => {}
    }
    if deployment.annotations().is_null() {
        operations.push(json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
    }
    for Annotation { key, value } in annotations {
        let path = format!("/metadata/annotations/{}", key.replace('/', "~1"));
        match value {
            Some(value) => operations.push(json!({"op": "add", "path": path, "value": value})),
            None if deployment.annotation(key).is_some() => {
                operations.push(json!({"op": "remove", "path": path}));
            }
            None => {}
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_guard_and_other_annotations_are_left_alone() {
        let deployment =
            json!({"metadata": {"resourceVersion": "7", "annotations": {"a/b": "1", "foreign": "x"}}});
        let template = json!({"spec": {}});
        let annotations = [
            Annotation::set("serin.dev/epoch", "2"),
            Annotation::remove("a/b"),
            Annotation::remove("not/there"),
        ];
        assert_eq!(
            operations(
                &deployment.into(),
                Some(&Wanted::Template(&template)),
                &annotations
            ),
            [
                json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}),
                json!({"op": "replace", "path": "/spec/template", "value": {"spec": {}}}),
                json!({"op": "add", "path": "/metadata/annotations/serin.dev~1epoch", "value": "2"}),
                json!({"op": "remove", "path": "/metadata/annotations/a~1b"}),
            ]
        );
    }

    #[test]
    fn an_object_without_annotations_gets_the_first() {
        let deployment = json!({"metadata": {"resourceVersion": "7"}});
        let operations = operations(&deployment.into(), None, &[Annotation::set("k", "v")]);
        assert_eq!(
            operations[1],
            json!({"op": "add", "path": "/metadata/annotations", "value": {}})
        );
        assert_eq!(
            operations[2],
            json!({"op": "add", "path": "/metadata/annotations/k", "value": "v"})
        );
    }
}
