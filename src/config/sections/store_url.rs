//! Where the store is: an SQLite file or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::scalar::{Scalar, Unfit};

/// Where the store is. Shows no password.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

/// The URL of a PostgreSQL database. Shows no password.
#[derive(Clone)]
pub struct PostgresUrl {
    url: SecretString,
    shown: String,
}

impl PostgresUrl {
    fn new(text: &str, url: &Url) -> Self {
        let user = match url.username() {
            "" => String::new(),
            user => format!("{user}@"),
        };
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Self {
            url: SecretString::from(text),
            shown: format!("postgres://{user}{host}{port}{}", url.path()),
        }
    }

    /// The whole URL, perhaps with a password: for the connection only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => write!(f, "{url}"),
        }
    }
}

/// Reads where the store is. A password is taken only from where a secret may stand.
pub(super) fn store_url(scalar: &Scalar) -> Result<StoreUrl, Unfit> {
    match scalar.text.split_once(':') {
        Some(("sqlite", file)) => sqlite(file),
        Some(("postgres" | "postgresql", _)) => postgres(scalar),
        Some(("mysql" | "mariadb" | "mssql" | "mongodb", _)) => {
            Err(Unfit::hint("Serin knows SQLite and PostgreSQL"))
        }
        _ if scalar.text.ends_with(".db") => Err(Unfit::hint("a file begins with `sqlite:`")),
        _ => Err(Unfit::default()),
    }
}

fn sqlite(file: &str) -> Result<StoreUrl, Unfit> {
    let file = file.strip_prefix("//").unwrap_or(file);
    if file.contains(":memory:") {
        return Err(Unfit::hint("Serin has to remember over a restart; name a file"));
    }
    if file.contains('?') {
        return Err(Unfit::hint(
            "Serin sets SQLite's options itself; leave out the `?` and what follows",
        ));
    }
    if file.is_empty() || file.ends_with('/') || file.contains('\0') {
        return Err(Unfit::hint("name a file, such as `sqlite:serin.db`"));
    }
    Ok(StoreUrl::Sqlite(PathBuf::from(file)))
}

fn postgres(scalar: &Scalar) -> Result<StoreUrl, Unfit> {
    let url = Url::parse(&scalar.text).map_err(|_| Unfit::default())?;
    let parameter = |name: &str| url.query_pairs().any(|(key, _)| key == name);
    if (url.password().is_some() || parameter("password")) && !scalar.is_private() {
        return Err(Unfit::in_the_open());
    }
    let has_host = url.host_str().is_some_and(|host| !host.is_empty()) || parameter("host");
    if !has_host {
        return Err(Unfit::hint("name the host"));
    }
    let database = url.path().trim_start_matches('/');
    // A password with a `/` in it would end the host, and the rest of it pass for the database.
    if url.fragment().is_some() || database.contains('@') {
        let hint = "in a user or password write `@`, `/`, `?` and `#` as `%40`, `%2F`, `%3F` and `%23`";
        return Err(Unfit::hint(hint));
    }
    if database.is_empty() || database.contains('/') {
        return Err(Unfit::hint(
            "name the database after the host, and nothing below it",
        ));
    }
    Ok(StoreUrl::Postgres(PostgresUrl::new(&scalar.text, &url)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::scalar::Form;

    fn read(text: &str, form: Form) -> Result<StoreUrl, Unfit> {
        let text = text.to_owned();
        store_url(&Scalar { text, form })
    }

    #[test]
    fn a_file_is_written_in_several_ways() {
        for (text, file) in [
            ("sqlite:serin.db", "serin.db"),
            ("sqlite://serin.db", "serin.db"),
            ("sqlite:/var/lib/serin.db", "/var/lib/serin.db"),
            ("sqlite:///var/lib/serin.db", "/var/lib/serin.db"),
        ] {
            assert_eq!(
                read(text, Form::YamlText).unwrap().to_string(),
                format!("sqlite:{file}"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_database_is_shown_without_its_password() {
        for text in [
            "postgres://me:hunter2@db:5433/serin?sslmode=require",
            "postgresql://me@db:5433/serin?password=hunter2",
        ] {
            let url = read(text, Form::Variable).unwrap();
            assert_eq!(url.to_string(), "postgres://me@db:5433/serin");
            assert_eq!(
                format!("{url:?}"),
                "Postgres(PostgresUrl(postgres://me@db:5433/serin))"
            );
            assert_eq!(read(text, Form::YamlText).unwrap_err(), Unfit::in_the_open());
            assert_eq!(read(text, Form::Flag).unwrap_err(), Unfit::in_the_open());
        }
        assert!(read("postgres:///serin?host=/run/postgresql", Form::Flag).is_ok());
    }

    #[test]
    fn refuses_what_is_no_store() {
        for text in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:serin.db?mode=memory",
            "sqlite:/var/",
            "serin.db",
            "mysql://db/serin",
            "postgres:",
            "postgres://",
            "postgres://db",
            "postgres://db/",
            "postgres://db/a/b",
            "postgres:///serin",
            "postgres://db/serin#x",
            "postgres://me:1/hunter2@db",
            "postgres://me:1?hunter2@db/serin",
            "postgres://db:x/serin",
        ] {
            assert!(read(text, Form::Variable).is_err(), "{text}");
        }
    }
}
