//! The `SERIN_*` variables as a layer.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::Layers;
use super::service_links::is_service_link;
use super::suggestion::suggestion;
use crate::config::field::{Entry, variable};
use crate::config::scalar::{Form, Scalar};
use crate::config::source::Source;
use crate::config::table::entries;
use crate::document::{is_dns_label, shown};

/// What the names of all variables begin with.
pub(super) const PREFIX: &str = "SERIN_";
/// Names the environment, which picks the overlay.
pub(super) const ENV: &str = "SERIN_ENV";
/// Names the configuration file.
pub(super) const CONFIG: &str = "SERIN_CONFIG";
/// Where the commands that ask a daemon find it. A job may have it beside those of a configuration.
const SERVER: &str = "SERIN_SERVER";
/// For Serin's own tests, which start Serin with the environment that they were started with.
const FOR_TESTS: [&str; 2] = ["SERIN_DEMO_SEEDS", "SERIN_VECTORS"];
/// The same: the servers that the tests use.
const FOR_TESTS_PREFIX: &str = "SERIN_TEST_";
/// The variables that begin with `SERIN_`.
#[derive(Clone, Default)]
pub struct Environment {
    /// `None` for a value that is not Unicode.
    variables: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// Those of `variables` that are Serin's.
    pub fn of<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let ours = |(name, value): (N, V)| {
            let name = name.into().to_string_lossy().into_owned();
            name.starts_with(PREFIX)
                .then(|| (name, value.into().into_string().ok()))
        };
        Self {
            variables: variables.into_iter().filter_map(ours).collect(),
        }
    }

    /// The same with the overlay of `environment`, or with none.
    #[must_use]
    pub fn with_overlay(mut self, environment: Option<&str>) -> Self {
        self.variables.remove(ENV);
        if let Some(environment) = environment {
            self.variables
                .insert(ENV.to_owned(), Some(environment.to_owned()));
        }
        self
    }

    /// The text of the variable `name`; `None` if there is none, or if it is refused in [`add_to`](Self::add_to).
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.variables.get(name)?.as_deref()?;
        (!text.is_empty()).then_some(text)
    }

    /// Adds the fields that the variables write.
    pub(super) fn add_to(&self, layers: &mut Layers) {
        for (name, value) in &self.variables {
            let source = Source::Variable { name: name.clone() };
            if is_no_field(name, value.as_deref()) {
                continue;
            }
            let field = match name.as_str() {
                ENV | CONFIG | SERVER => None,
                _ => match field(name) {
                    Some(field) => Some(field),
                    None => {
                        let found = format!("`{}`", shown(name));
                        layers.refuse(
                            &source,
                            None,
                            "a variable that Serin knows",
                            found,
                            Some(suggestion(name)),
                        );
                        continue;
                    }
                },
            };
            let path = field.as_ref().map(|field| field.path.as_str());
            match value.as_deref() {
                None => layers.refuse(&source, path, "Unicode text", "something else", None),
                Some("") => {
                    let hint = "unset the variable if it is not to say anything".to_owned();
                    layers.refuse(&source, path, "a value", "an empty text", hint);
                }
                Some(text) => {
                    if let Some(field) = field {
                        field.add(text, source, layers);
                    }
                }
            }
        }
    }
}

/// The field that a variable writes.
struct VariableField {
    path: String,
    /// Where the user chose a name: the path that ends with it.
    named: Option<String>,
}

impl VariableField {
    fn add(self, text: &str, source: Source, layers: &mut Layers) {
        if let Some(named) = &self.named {
            layers.name(named, &source);
        }
        let scalar = Scalar {
            text: text.to_owned(),
            form: Form::Variable,
        };
        layers.write(&self.path, scalar, source);
    }
}

/// Serin is also run by its own tests, and by Kubernetes, which sets variables of its own.
fn is_no_field(name: &str, value: Option<&str>) -> bool {
    FOR_TESTS.contains(&name) || name.starts_with(FOR_TESTS_PREFIX) || is_service_link(name, value)
}

fn field(name: &str) -> Option<VariableField> {
    // Of two fields that both fit, such as `url` and a longer one that ends like it, the longer says more.
    let (entry, chosen) = entries()
        .filter_map(|entry| Some((entry, chosen_name(entry, name)?)))
        .max_by_key(|(entry, _)| entry.path.len())?;
    let named = entry
        .path
        .split_once('*')
        .map(|(before, _)| format!("{before}{chosen}"));
    Some(VariableField {
        path: entry.path.replace('*', &chosen),
        named,
    })
}

/// The name that the user chose, if `variable_name` is the variable of `entry`; empty where there is none to choose.
fn chosen_name(entry: &Entry, variable_name: &str) -> Option<String> {
    let pattern = variable(entry.path);
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == variable_name).then(String::new);
    };
    let chosen = variable_name.strip_prefix(before)?.strip_suffix(after)?;
    let chosen = chosen.to_lowercase().replace('_', "-");
    is_dns_label(&chosen).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> Option<String> {
        field(name).map(|field| field.path)
    }

    #[test]
    fn a_variable_leads_to_its_field() {
        assert_eq!(path("SERIN_API_TOKEN_FILE").as_deref(), Some("api.tokenFile"));
        assert_eq!(
            path("SERIN_NOTIFY_CHANNELS_ON_CALL_SECRET_FILE").as_deref(),
            Some("notify.channels.on-call.secretFile")
        );
        assert_eq!(
            path("SERIN_NOTIFY_CHANNELS_URL_URL_FILE").as_deref(),
            Some("notify.channels.url.urlFile")
        );
        for unknown in [
            "SERIN_API",
            "SERIN_NOTIFY_CHANNELS__URL",
            "SERIN_NOTIFY_CHANNELS_URL",
            "SERIN_API_ADDRESS_",
        ] {
            assert_eq!(path(unknown), None, "{unknown}");
        }
    }
}
