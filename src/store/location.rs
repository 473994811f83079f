//! Where the store is: a file, or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

/// The parameters of a PostgreSQL URL. Others are refused: the library would only log them, values and all.
const URL_PARAMETERS: [&str; 13] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Where the store is. Nothing that it prints has the password in it.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

/// The checked URL of a PostgreSQL database, password and all.
#[derive(Debug, Clone)]
pub struct PostgresUrl(SecretString);

/// Why a text is no location. Never repeats the text: a password may be in it, and where it is broken nobody knows where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Nothing there.
    #[error("expected a file's path or a postgres:// URL, found nothing")]
    Empty,
    /// Another kind of URL.
    #[error("expected a file's path, sqlite:PATH or a postgres:// URL, found another kind of URL")]
    Scheme,
    /// A database that is gone with the process.
    #[error("expected a file, found a database in memory; it would forget every rollout at a restart")]
    InMemory,
    /// SQLite takes a path and nothing else.
    #[error(
        "a sqlite: URL takes no parameters; hint: a file with a question mark in its name is written without sqlite:"
    )]
    SqliteParameters,
    /// A broken PostgreSQL URL.
    #[error(
        "a broken PostgreSQL URL: {0}; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full; \
         hint: write special characters in the password as %XX"
    )]
    Postgres(String),
}

impl Location {
    /// Reads a path, `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// Where it is none of these, or the URL has mistakes.
    pub fn parse(text: &SecretString) -> Result<Self, LocationError> {
        let exposed = text.expose_secret();
        if exposed.starts_with("postgres:") || exposed.starts_with("postgresql:") {
            let url = PostgresUrl(text.clone());
            url.options().map_err(LocationError::Postgres)?;
            return Ok(Self::Postgres(url));
        }
        let path = match exposed.strip_prefix("sqlite:") {
            Some(url) if url.contains('?') => return Err(LocationError::SqliteParameters),
            Some(url) => url.strip_prefix("//").unwrap_or(url),
            None if exposed.contains("://") => return Err(LocationError::Scheme),
            None => exposed,
        };
        match path {
            "" => Err(LocationError::Empty),
            ":memory:" => Err(LocationError::InMemory),
            path => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl PostgresUrl {
    /// What sqlx connects with. Its own `Debug` shows the password: it is handed to connections and to nothing else.
    pub(super) fn options(&self) -> Result<PgConnectOptions, String> {
        let url = self.0.expose_secret();
        if !url.contains("://") {
            return Err("it has no // after its scheme".to_owned());
        }
        if url.contains('#') {
            return Err("it has a # in it".to_owned());
        }
        let query = url.split_once('?').map_or("", |(_, query)| query);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let name = parameter.split('=').next().unwrap_or_default();
            if !URL_PARAMETERS.contains(&name) {
                return Err(format!(
                    "it has an unknown parameter; known are {}",
                    URL_PARAMETERS.join(", ")
                ));
            }
        }
        let options = PgConnectOptions::from_str(url).map_err(|error| match error {
            sqlx::Error::Configuration(source) => source.to_string(),
            other => other.to_string(),
        })?;
        if options
            .get_database()
            .is_some_and(|database| database.contains('@'))
        {
            return Err("the database's name has an @ in it".to_owned());
        }
        Ok(match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("serin"),
        })
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = self.options() else {
            return f.write_str("postgres://");
        };
        let (user, port) = (options.get_username(), options.get_port());
        match options.get_socket() {
            Some(socket) => write!(f, "postgres://{user}@{}:{port}", socket.display())?,
            None => write!(f, "postgres://{user}@{}:{port}", options.get_host())?,
        }
        write!(f, "/{}", options.get_database().unwrap_or(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "open-sesame";

    fn parse(text: &str) -> Result<Location, LocationError> {
        Location::parse(&SecretString::from(text))
    }

    #[test]
    fn a_path_is_a_file_with_or_without_the_scheme() {
        for text in ["serin.db", "sqlite:serin.db", "sqlite://serin.db"] {
            assert_eq!(parse(text).unwrap().to_string(), "serin.db");
        }
        assert_eq!(
            parse("sqlite:///var/lib/serin.db").unwrap().to_string(),
            "/var/lib/serin.db"
        );
    }

    #[test]
    fn what_is_printed_has_no_password() {
        let location = parse("postgres://serin:open-sesame@db.test:5433/canaries?sslmode=require").unwrap();
        assert_eq!(location.to_string(), "postgres://serin@db.test:5433/canaries");
        assert!(!format!("{location:?}").contains(PASSWORD));
    }

    #[test]
    fn mistakes_are_refused_without_repeating_the_text() {
        for text in [
            "",
            "sqlite:",
            ":memory:",
            "sqlite::memory:",
            "sqlite:x.db?mode=ro",
            "mysql://serin:open-sesame@db/x",
            "postgres:open-sesame",
            "postgres://serin:open-sesame@db.test:port/x",
            "postgres://serin:1/open-sesame@db.test/x",
            "postgres://serin:1?open-sesame@db.test/x",
            "postgres://serin:1#open-sesame@db.test/x",
            "postgres://serin@db.test/x?passwrod=open-sesame",
            "postgres://serin:open-sesame@db.test/x?sslmode=maybe",
        ] {
            let error = parse(text).map(|location| location.to_string()).unwrap_err();
            assert!(!error.to_string().contains(PASSWORD), "{text}: {error}");
            assert!(!format!("{error:?}").contains(PASSWORD), "{text}: {error:?}");
        }
    }
}
