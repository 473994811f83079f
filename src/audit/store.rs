//! Who can read and write what is remembered.

use url::Url;

use super::finding::{Audit, Check, Severity};
use crate::config::{StoreUrl, is_this_machine};

/// Passwords that are tried first.
const TRIED_FIRST: [&str; 10] = [
    "postgres",
    "postgresql",
    "password",
    "passwd",
    "admin",
    "root",
    "serin",
    "secret",
    "changeme",
    "example",
];

/// Users who may do everything in a database, as it comes.
const SUPERUSERS: [&str; 2] = ["postgres", "root"];

const FIELD: &str = "store.url";

pub(super) fn look(store: &StoreUrl, audit: &mut Audit) {
    let StoreUrl::Postgres(shown) = store else { return };
    // It was one when the configuration was checked.
    let Ok(url) = Url::parse(shown.expose()) else {
        return;
    };
    let parameter = |name: &str| {
        let mut parameters = url.query_pairs();
        parameters.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    // A folder is that of a socket (PostgreSQL's documentation, *Connection URIs*).
    let host = parameter("host").or_else(|| url.host_str().map(str::to_owned));
    if !host.is_some_and(|host| host.starts_with('/') || is_this_machine(&host)) {
        encryption(parameter("sslmode"), audit);
    }
    let password = url.password().unwrap_or_default().to_lowercase();
    let user = url.username().to_lowercase();
    if !password.is_empty() && (TRIED_FIRST.contains(&password.as_str()) || password == user) {
        audit.find(
            Severity::Critical,
            Check::DatabaseDefaultPassword,
            FIELD,
            format!("the password of {shown} is one that is tried first"),
            "change it: `ALTER USER … PASSWORD …`, with one that `openssl rand -base64 32` made",
        );
    }
    if SUPERUSERS.contains(&user.as_str()) {
        audit.find(
            Severity::Medium,
            Check::DatabaseSuperuser,
            FIELD,
            format!("`{user}` may do everything on that server"),
            "give Serin a user of its own, who owns its database and nothing else",
        );
    }
}

/// libpq's modes (PostgreSQL's documentation, *SSL Support*): up to `prefer` somebody on the way can turn TLS off, and up to `require`
/// be the server.
fn encryption(mode: Option<String>, audit: &mut Audit) {
    let mode = mode.unwrap_or_else(|| "prefer".to_owned());
    let (severity, found) = match mode.as_str() {
        "verify-full" | "verify-ca" => return,
        "require" => (
            Severity::Medium,
            "encrypted, to whoever answers (`sslmode=require`)".to_owned(),
        ),
        mode => (
            Severity::High,
            format!("whoever is on the way can read and change what is remembered (`sslmode={mode}`)"),
        ),
    };
    audit.find(
        severity,
        Check::DatabaseInTheOpen,
        FIELD,
        found,
        "add `?sslmode=verify-full&sslrootcert=FILE` to the URL",
    );
}
