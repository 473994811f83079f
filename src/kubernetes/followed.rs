//! An object as a watch brings it.

use std::borrow::Cow;

use kube::Resource;
use kube::core::{ApiResource, DynamicObject, DynamicResourceScope, ObjectMeta, TypeMeta};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::lean::Lean;

/// An object of whichever kind, read once and without who wrote which field. The object's own reading would keep all of it, twice, and a
/// watch brings each object anew whenever its status is written.
#[derive(Debug, Clone)]
pub(super) struct Followed(pub(super) DynamicObject);

impl<'de> Deserialize<'de> for Followed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Lean(object) = Lean::deserialize(deserializer)?;
        let Value::Object(mut fields) = object else {
            return Err(D::Error::custom("expected an object of Kubernetes"));
        };
        let metadata = fields.shift_remove("metadata").map(serde_json::from_value);
        let types = take_text(&mut fields, "apiVersion").zip(take_text(&mut fields, "kind"));
        Ok(Self(DynamicObject {
            types: types.map(|(api_version, kind)| TypeMeta { api_version, kind }),
            metadata: metadata
                .transpose()
                .map_err(D::Error::custom)?
                .unwrap_or_default(),
            data: Value::Object(fields),
        }))
    }
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

impl Resource for Followed {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        DynamicObject::kind(resource)
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        DynamicObject::group(resource)
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        DynamicObject::version(resource)
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        DynamicObject::plural(resource)
    }

    fn meta(&self) -> &ObjectMeta {
        self.0.meta()
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.meta_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_what_it_is_but_for_who_wrote_it() {
        let text = r#"{
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "labels": {"app": "a"}, "managedFields": [{"manager": "kubectl"}]},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "a"}}}}, "status": {"replicas": 1}
        }"#;
        let Followed(followed) = serde_json::from_str(text).unwrap();
        let mut whole: DynamicObject = serde_json::from_str(text).unwrap();
        whole.metadata.managed_fields = None;
        assert_eq!(followed, whole);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(serde_json::from_str::<Followed>("[1]").is_err());
    }
}
