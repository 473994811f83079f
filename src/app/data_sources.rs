//! The configured data sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::config::{Asker, DataSource, HeaderLines, is_this_machine};
use crate::metric_source::prometheus::{
    Auth, Client, ClientCertificate, DataSourceSettings, DataSourceStats, Tls,
};

/// A client for every data source, by its name. Nothing is asked or read yet.
///
/// # Errors
/// Where a setting does not fit into this machine's numbers, or is no header: a checked configuration has none such.
pub fn data_sources(sources: &BTreeMap<String, DataSource>) -> anyhow::Result<BTreeMap<String, Client>> {
    let client = |(name, source): (&String, &DataSource)| {
        let settings = settings(source).with_context(|| format!("`dataSources.{name}`"))?;
        warn_of_open_credentials(name, &settings);
        let client = Client::new(name.clone(), settings, Arc::new(DataSourceStats::default()));
        Ok((name.clone(), client))
    };
    sources.iter().map(client).collect()
}

fn settings(source: &DataSource) -> anyhow::Result<DataSourceSettings> {
    let auth = match source.asker.clone() {
        Asker::Anybody => Auth::None,
        Asker::Bearer(token_file) => Auth::Bearer { token_file },
        Asker::User { name, password_file } => Auth::Basic {
            username: name,
            password_file,
        },
    };
    let certificate = |(cert_file, key_file)| ClientCertificate { cert_file, key_file };
    Ok(DataSourceSettings {
        address: source.address.clone(),
        auth,
        tls: Tls {
            ca_file: source.tls.ca_file.clone(),
            client_certificate: source.tls.client_certificate.clone().map(certificate),
            insecure_skip_verify: source.tls.insecure_skip_verify,
        },
        headers: headers(&source.headers)?,
        timeout: source.timeout,
        max_concurrent: usize::try_from(source.max_concurrent)?,
        answer_limit_bytes: usize::try_from(source.answer_limit_bytes)?,
        query_offset: source.query_offset,
    })
}

fn headers(lines: &HeaderLines) -> anyhow::Result<HeaderMap> {
    let header = |(name, value): &(String, secrecy::SecretString)| {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        let mut value = HeaderValue::from_str(value.expose_secret())?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    lines.0.iter().map(header).collect()
}

/// In the clear, credentials are for everybody on the way. Not refused: the way may be secured otherwise, as a mesh does.
fn warn_of_open_credentials(name: &str, settings: &DataSourceSettings) {
    let address = &settings.address;
    let is_near = address.host_str().is_some_and(is_this_machine);
    if address.scheme() == "http" && settings.auth != Auth::None && !is_near {
        tracing::warn!(
            data_source.name = name,
            "credentials go to {address} in the clear; use https unless something else secures the way"
        );
    }
}
