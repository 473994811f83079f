//! What a metrics server scrapes.

use serde_json::{Map, Value, json};

/// One place to scrape, with the labels that its series get.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    address: String,
    labels: Map<String, Value>,
}

impl Target {
    /// `/metrics` at this host and port; a scheme before it, as URLs have one, does not matter.
    pub(crate) fn at(address: impl ToString) -> Self {
        let address = address.to_string();
        let address = address.trim_start_matches("http://").to_owned();
        Self {
            address,
            labels: Map::new(),
        }
    }

    /// With this label on every series. `job` and `instance` replace the server's own.
    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.into());
        self
    }

    /// At another path than `/metrics`.
    pub(crate) fn path(self, path: &str) -> Self {
        self.label("__metrics_path__", path)
    }
}

/// The text of a file for file-based discovery.
pub(super) fn file_sd(targets: &[Target]) -> String {
    let group = |target: &Target| json!({"targets": [target.address], "labels": target.labels});
    Value::from(targets.iter().map(group).collect::<Vec<_>>()).to_string()
}
