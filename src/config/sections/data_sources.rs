//! `dataSources`: whose counters are judged.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::data_source_access::{Asker, DataSourceTls, asker, refuse_tls, tls};
use super::data_source_fields::{
    ADDRESS, ANSWER_LIMIT, HEADERS, MAX_CONCURRENT, QUERY_OFFSET, SECTION, TIMEOUT,
};
use super::header_lines::HeaderLines;
use crate::config::layers::Layers;
use crate::config::source::Source;
use crate::config::values::{Values, path_of};
use crate::document::nearest;

/// Data sources. A company has some; each holds connections.
const MAX_DATA_SOURCES: usize = 100;

/// What speaks Prometheus' HTTP API, and how it is asked.
#[derive(Debug, Clone)]
pub struct DataSource {
    /// Where its API is, without user, query and fragment.
    pub address: Url,
    /// Who asks.
    pub asker: Asker,
    /// How the connection is secured. Nothing but the defaults where the address is `http`.
    pub tls: DataSourceTls,
    /// Added to each request.
    pub headers: HeaderLines,
    /// Time for a query.
    pub timeout: Duration,
    /// Queries at a time.
    pub max_concurrent: u64,
    /// Length of an answer.
    pub answer_limit_bytes: u64,
    /// How far before now a poll looks.
    pub query_offset: Duration,
}

/// Checks the data sources that are named, each with where.
pub(in crate::config) fn data_sources(
    layers: &Layers,
    values: &mut Values<'_>,
) -> BTreeMap<String, DataSource> {
    let named = layers.names_below(SECTION.name);
    if let Some((_, first_beyond)) = named.iter().nth(MAX_DATA_SOURCES) {
        let expected = format!("at most {MAX_DATA_SOURCES} data sources");
        values.refuse(
            SECTION.name,
            first_beyond,
            expected,
            named.len().to_string(),
            None,
        );
        return BTreeMap::new();
    }
    let checked = named.iter().filter_map(|(name, source)| {
        let others = named.keys().filter(|other| *other != name).map(String::as_str);
        refuse_without_address(name, source, others, values);
        Some((name.clone(), data_source(name, values)?))
    });
    checked.collect()
}

fn refuse_without_address<'n>(
    name: &str,
    source: &Source,
    others: impl Iterator<Item = &'n str>,
    values: &mut Values<'_>,
) {
    if values.source(&ADDRESS.entry, name).is_none() {
        let hint = nearest(name, others).map(|near| format!("did you mean the data source `{near}`?"));
        let field = path_of(&ADDRESS.entry, name);
        values.refuse(&field, source, ADDRESS.entry.expected, "nothing", hint);
    }
}

fn data_source(name: &str, values: &mut Values<'_>) -> Option<DataSource> {
    let address = values.optional(&ADDRESS, name);
    let (asker, tls) = (asker(name, values), tls(name, values));
    if address.as_ref().is_some_and(|address| address.scheme() == "http") {
        refuse_tls(name, values);
    }
    let headers = values.optional(&HEADERS, name).unwrap_or_default();
    let (timeout, max_concurrent) = (values.value(&TIMEOUT, name), values.value(&MAX_CONCURRENT, name));
    let answer_limit_bytes = values.value(&ANSWER_LIMIT, name);
    let query_offset = values.value(&QUERY_OFFSET, name);
    Some(DataSource {
        address: address?,
        asker,
        tls,
        headers,
        timeout,
        max_concurrent,
        answer_limit_bytes,
        query_offset,
    })
}
