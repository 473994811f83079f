//! What a request is about, by its path and its parameters.

use std::collections::BTreeMap;

use super::key::Key;
use super::kinds::Served;

/// The objects or the object of a path.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Of which kind.
    pub(super) kind: &'static Served,
    /// In which version.
    pub(super) version: String,
    /// In which namespace; none means all, or that the kind lives in none.
    pub(super) namespace: Option<String>,
    /// Of which name; none means all.
    pub(super) name: Option<String>,
    /// Which part of it.
    pub(super) subresource: Option<String>,
}

impl Target {
    /// What `/api(s)/…` is about; none where nothing is served there.
    pub(super) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let (group, version, rest) = match &parts[..] {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            rest => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(*name), None),
            [plural, name, part] => (plural, Some(*name), Some(*part)),
            _ => return None,
        };
        let kind = Served::find(group, version, plural)?;
        let served = match subresource {
            None => true,
            Some("status") => kind.has_status,
            Some(_) => false,
        };
        // A namespaced object has no path without its namespace, a list of all of them has.
        let placed = kind.namespaced == namespace.is_some() || (kind.namespaced && name.is_none());
        (served && placed).then(|| Self {
            kind,
            version: version.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            name: name.map(ToOwned::to_owned),
            subresource: subresource.map(ToOwned::to_owned),
        })
    }

    /// The objects of a kind, by its plural, in a namespace.
    pub(super) fn of_object(plural: &str, namespace: &str) -> Self {
        let kind = Served::of_plural(plural);
        Self {
            kind,
            version: kind.versions[0].to_owned(),
            namespace: kind.namespaced.then(|| namespace.to_owned()),
            name: None,
            subresource: None,
        }
    }

    /// Where the object of this name is kept.
    pub(super) fn key(&self, name: &str) -> Key {
        Key::new(self.kind, self.namespace.as_deref().unwrap_or_default(), name)
    }

    /// `apiVersion` of what is answered.
    pub(super) fn api_version(&self) -> String {
        match self.kind.group {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// The parameters of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Those of the part after `?`.
    pub(super) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The parameter of this name, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Whether it is set.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// The number that it is.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(|value| value.parse().ok())
    }
}
