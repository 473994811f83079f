//! `dataSources`: whose counters are judged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::data_source_fields::{
    ADDRESS, ANSWER_LIMIT, BEARER_TOKEN_FILE, CA_FILE, CERT_FILE, HEADERS, INSECURE_SKIP_VERIFY, KEY_FILE,
    MAX_CONCURRENT, PASSWORD_FILE, QUERY_OFFSET, SECTION, TIMEOUT, USERNAME,
};
use super::header_lines::HeaderLines;
use crate::config::field::{Entry, Field};
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

/// Who asks a data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// Anybody.
    Anybody,
    /// The bearer of the token in this file.
    Bearer(PathBuf),
    /// A user, with the password in a file.
    User {
        /// The user.
        name: String,
        /// The file.
        password_file: PathBuf,
    },
}

/// How the connection to a data source is secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSourceTls {
    /// Whom to trust, in place of the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Whether the server's certificate is taken unchecked.
    pub insecure_skip_verify: bool,
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

/// Of two layers, one with a token and one with a user, the later counts; in one layer both together are refused.
fn asker(name: &str, values: &mut Values<'_>) -> Asker {
    let token_file = optional_path(&BEARER_TOKEN_FILE, name, values);
    let user = values.optional(&USERNAME, name);
    let password_file = optional_path(&PASSWORD_FILE, name, values);
    refuse_one_alone([&USERNAME.entry, &PASSWORD_FILE.entry], name, values);
    let token_source = values.source(&BEARER_TOKEN_FILE.entry, name);
    let user_source = latest([&USERNAME.entry, &PASSWORD_FILE.entry], name, values);
    let token_counts = match (&token_source, &user_source) {
        (Some(token), Some((entry, user))) => {
            refuse_both(token, entry, user, name, values);
            token.layer() >= user.layer()
        }
        _ => token_source.is_some(),
    };
    match (token_file, user.zip(password_file)) {
        (Some(token_file), _) if token_counts => Asker::Bearer(token_file),
        (_, Some((name, password_file))) => Asker::User { name, password_file },
        _ => Asker::Anybody,
    }
}

fn latest(entries: [&'static Entry; 2], name: &str, values: &Values<'_>) -> Option<(&'static Entry, Source)> {
    let written = |entry| Some((entry, values.source(entry, name)?));
    let written = entries.into_iter().filter_map(written);
    written.max_by_key(|(_, source)| source.layer())
}

fn refuse_both(token: &Source, entry: &Entry, user: &Source, name: &str, values: &mut Values<'_>) {
    if token.layer() != user.layer() {
        return;
    }
    let token_field = path_of(&BEARER_TOKEN_FILE.entry, name);
    values.refuse(
        &path_of(entry, name),
        user,
        format!("either `{token_field}`, or a user and a password"),
        format!("both: the one from {token}, the other from {user}"),
        "leave one of them out".to_owned(),
    );
}

fn tls(name: &str, values: &mut Values<'_>) -> DataSourceTls {
    let ca_file = optional_path(&CA_FILE, name, values);
    let (cert_file, key_file) = (
        optional_path(&CERT_FILE, name, values),
        optional_path(&KEY_FILE, name, values),
    );
    refuse_one_alone([&CERT_FILE.entry, &KEY_FILE.entry], name, values);
    DataSourceTls {
        ca_file,
        client_certificate: cert_file.zip(key_file),
        insecure_skip_verify: values.value(&INSECURE_SKIP_VERIFY, name),
    }
}

/// What secures a connection says nothing where the address has none to secure; the address is the likelier mistake.
fn refuse_tls(name: &str, values: &mut Values<'_>) {
    for entry in [&CA_FILE.entry, &CERT_FILE.entry, &KEY_FILE.entry] {
        if let Some(source) = values.source(entry, name) {
            let hint = format!(
                "write `https://` in `{}`, or leave this out",
                path_of(&ADDRESS.entry, name)
            );
            let field = path_of(entry, name);
            values.refuse(
                &field,
                &source,
                "no such field beside an address with `http://`",
                "one",
                hint,
            );
        }
    }
}

/// Of two fields that belong together, one alone.
fn refuse_one_alone(pair: [&'static Entry; 2], name: &str, values: &mut Values<'_>) {
    let sources = pair.map(|entry| values.source(entry, name));
    let (missing, source) = match &sources {
        [Some(source), None] => (pair[1], source),
        [None, Some(source)] => (pair[0], source),
        _ => return,
    };
    let [one, other] = pair.map(|entry| path_of(entry, name));
    let hint = format!("`{one}` and `{other}` belong together");
    values.refuse(&path_of(missing, name), source, missing.expected, "nothing", hint);
}

fn optional_path(field: &Field<PathBuf>, name: &str, values: &mut Values<'_>) -> Option<PathBuf> {
    let path = values.optional(field, name)?;
    Some(values.resolve(&field.entry, name, &path))
}
