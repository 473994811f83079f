//! Which files are configurations: a folder of manifests may hold them too.

use std::path::Path;

use super::layers::ENVIRONMENTS;
use crate::document::{Value, documents};

/// Whether a text in a file of this name is meant as a configuration: `serin*.yaml`, without `apiVersion` and `kind`.
#[must_use]
pub fn is_configuration(name: &str, text: &str) -> bool {
    let named = Path::new(name)
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with("serin") && (name.ends_with(".yaml") || name.ends_with(".yml")));
    let is_manifest = |value: &Value| match value {
        Value::Mapping(entries) => entries
            .iter()
            .any(|(key, _)| key == "apiVersion" || key == "kind"),
        _ => false,
    };
    named
        && !documents(name, text)
            .iter()
            .flatten()
            .any(|node| is_manifest(&node.value))
}

/// The environment whose overlay a file is, by its name: `production` for `serin.production.yaml`.
#[must_use]
pub fn overlay_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let environment = name.strip_prefix("serin.")?.strip_suffix(".yaml")?;
    ENVIRONMENTS.into_iter().find(|known| *known == environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_configuration_by_its_name_and_what_it_is_not() {
        for (name, text, expected) in [
            ("serin.yaml", "", true),
            ("a/serin.production.yaml", "api: {}", true),
            ("serin.yaml", "api: [", true),
            ("serin.yaml", "apiVersion: v1", false),
            ("serin-shop.yaml", "kind: Canary", false),
            ("shop.yaml", "api: {}", false),
            ("serin/shop.yaml", "api: {}", false),
            ("serin.json", "", false),
        ] {
            assert_eq!(is_configuration(name, text), expected, "{name}: {text}");
        }
    }

    #[test]
    fn knows_an_overlay() {
        assert_eq!(overlay_of(Path::new("a/serin.staging.yaml")), Some("staging"));
        assert_eq!(overlay_of(Path::new("serin.yaml")), None);
        assert_eq!(overlay_of(Path::new("serin.test.yaml")), None);
    }
}
