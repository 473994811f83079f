//! `dataSources`: who asks a data source, and how the connection is secured.

use std::path::PathBuf;

use super::authorities::optional_path;
use super::data_source_fields::{
    ADDRESS, BEARER_TOKEN_FILE, CA_FILE, CERT_FILE, INSECURE_SKIP_VERIFY, KEY_FILE, PASSWORD_FILE, USERNAME,
};
use crate::config::field::Entry;
use crate::config::source::Source;
use crate::config::values::{Values, path_of};

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

/// Of two layers, one with a token and one with a user, the later counts; in one layer both together are refused.
pub(super) fn asker(name: &str, values: &mut Values<'_>) -> Asker {
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

/// How the connection is secured.
pub(super) fn tls(name: &str, values: &mut Values<'_>) -> DataSourceTls {
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
pub(super) fn refuse_tls(name: &str, values: &mut Values<'_>) {
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
