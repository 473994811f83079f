//! A VirtualService manifest, read as a proxy's control plane would: only what routing needs, and strictly.
//!
//! Fields that do not change where a request goes are ignored. A field that would change it and that this
//! router does not know, such as another kind of match or a redirect, is refused: following half of
//! a route is worse than keeping the last good one.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use axum::http::HeaderName;
use serde::Deserialize;
use serde_json::Value;

use super::matching::{Condition, Text};
use super::routes::{Destination, Route, RouteTable};

/// Why a file brings no routes.
#[derive(Debug, thiserror::Error)]
pub enum RoutesError {
    /// The file cannot be read.
    #[error("cannot read the VirtualService: {0}")]
    Read(#[from] io::Error),
    /// The file is longer than any manifest.
    #[error("the VirtualService's file has more than {max_bytes} bytes")]
    TooLong {
        /// The most that is read.
        max_bytes: u64,
    },
    /// The file is not YAML.
    #[error("the VirtualService's file is not YAML: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    /// There is no VirtualService in the file, or there are several.
    #[error("expected one document of kind VirtualService, found {found}")]
    NotOne {
        /// How many there are.
        found: usize,
    },
    /// A field is not what a VirtualService has there, or not what this router can follow.
    #[error("VirtualService, {field}: {problem}")]
    Field {
        /// Where, as a path.
        field: String,
        /// What was expected and what was found.
        problem: String,
    },
}

/// Reads the routes from a file's text.
pub(super) fn parse(text: &str) -> Result<RouteTable, RoutesError> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
    let is_virtual_service = |document: &Value| document["kind"] == "VirtualService";
    let found: Vec<Value> = documents.into_iter().filter(is_virtual_service).collect();
    let [document] =
        <[Value; 1]>::try_from(found).map_err(|found| RoutesError::NotOne { found: found.len() })?;
    let document: Document = serde_path_to_error::deserialize(document)
        .map_err(|error| field_error(error.path().to_string(), error.inner()))?;
    let epoch = document.metadata.epoch()?;
    let routes = document.spec.http.into_iter().enumerate();
    let routes = routes.map(|(index, route)| route.resolve(&format!("spec.http[{index}]")));
    Ok(RouteTable::new(epoch, routes.collect::<Result<_, _>>()?))
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Metadata {
    fn epoch(&self) -> Result<u64, RoutesError> {
        let Some(epoch) = self.annotations.get("serin.dev/epoch") else {
            return Ok(0);
        };
        let problem = || format!("expected a whole number, found {epoch:?}");
        epoch
            .parse()
            .map_err(|_| field_error("metadata.annotations.serin.dev/epoch", problem()))
    }
}

#[derive(Deserialize)]
struct Spec {
    http: Vec<HttpRoute>,
}

/// One entry of `spec.http`. What it has beyond this is either harmless to routing (retries, CORS, names)
/// or comes without `route`, which is required here.
#[derive(Deserialize)]
struct HttpRoute {
    #[serde(default, rename = "match")]
    matches: Vec<HttpMatch>,
    route: Vec<WeightedDestination>,
    timeout: Option<String>,
}

#[derive(Deserialize)]
struct WeightedDestination {
    destination: HostAndSubset,
    #[serde(default)]
    weight: u32,
}

#[derive(Deserialize)]
struct HostAndSubset {
    host: String,
    subset: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpMatch {
    #[expect(dead_code, reason = "a name is allowed and changes nothing")]
    name: Option<String>,
    uri: Option<StringMatch>,
    method: Option<StringMatch>,
    #[serde(default)]
    headers: BTreeMap<String, StringMatch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StringMatch {
    exact: Option<String>,
    prefix: Option<String>,
    regex: Option<String>,
}

impl HttpRoute {
    fn resolve(self, at: &str) -> Result<Route, RoutesError> {
        let timeout = self.timeout.map(|text| parse_timeout(&text, at)).transpose()?;
        let conditions = self.matches.into_iter().enumerate();
        let conditions = conditions.map(|(index, entry)| entry.resolve(&format!("{at}.match[{index}]")));
        let destinations = self.route.into_iter().map(|entry| {
            let HostAndSubset { host, subset } = entry.destination;
            (entry.weight, Destination { host, subset })
        });
        Route::new(
            conditions.collect::<Result<_, _>>()?,
            destinations.collect(),
            timeout,
        )
        .ok_or_else(|| {
            field_error(
                format!("{at}.route"),
                "expected at least one destination with a weight above 0",
            )
        })
    }
}

impl HttpMatch {
    fn resolve(self, at: &str) -> Result<Condition, RoutesError> {
        let whole = |text: Option<StringMatch>, name: &str| {
            text.map(|text| text.resolve(&format!("{at}.{name}"))).transpose()
        };
        let header = |(name, text): (String, StringMatch)| -> Result<_, RoutesError> {
            let at = format!("{at}.headers.{name}");
            let name = HeaderName::try_from(&name).map_err(|error| field_error(&at, error))?;
            Ok((name, text.resolve(&at)?))
        };
        Ok(Condition {
            uri: whole(self.uri, "uri")?,
            method: whole(self.method, "method")?,
            headers: self.headers.into_iter().map(header).collect::<Result<_, _>>()?,
        })
    }
}

impl StringMatch {
    fn resolve(self, at: &str) -> Result<Text, RoutesError> {
        match (self.exact, self.prefix, self.regex) {
            (None, None, None) => Ok(Text::Present),
            (Some(exact), None, None) => Ok(Text::Exact(exact)),
            (None, Some(prefix), None) => Ok(Text::Prefix(prefix)),
            (None, None, Some(pattern)) => {
                Text::whole_regex(&pattern).map_err(|error| field_error(at, error))
            }
            _ => Err(field_error(
                at,
                "expected one of exact, prefix and regex, found several",
            )),
        }
    }
}

fn parse_timeout(text: &str, at: &str) -> Result<Duration, RoutesError> {
    let problem = |error| format!("expected a duration such as 5s, found {text:?}: {error}");
    humantime::parse_duration(text).map_err(|error| field_error(format!("{at}.timeout"), problem(error)))
}

fn field_error(field: impl Into<String>, problem: impl ToString) -> RoutesError {
    RoutesError::Field {
        field: field.into(),
        problem: problem.to_string(),
    }
}
