//! `hooks`: where hooks may go.

use std::path::PathBuf;

use url::Url;

use super::authorities::{optional_path, refuse_authorities};
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::{Scalar, Unfit};
use crate::config::values::Values;
use crate::document::shown;

/// Entries of the list. A company has some gates and a load tester for each cluster.
const MAX_ENTRIES: usize = 100;

/// Length of an entry: the usual limit of servers and proxies for a request line is four times that.
const MAX_ENTRY_BYTES: usize = 2_000;

/// Where hooks may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// How the addresses begin that they may go to: scheme, host, port, and as much of a path as is written. Empty: nowhere.
    pub allow: Vec<Url>,
    /// Whom to trust there, in place of the system's authorities.
    pub ca_file: Option<PathBuf>,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "hooks",
    about: "The hooks of Canaries: HTTP calls out to gates and tests.",
    example_name: None,
    entries: &[&ALLOW.entry, &CA_FILE.entry],
};

static ALLOW: Field<Vec<Url>> = Field {
    entry: Entry {
        path: "hooks.allow",
        about: "Where they may go: each address begins as one of these does, in scheme, host, port and path. Without it Canaries with hooks are \
                refused. What a name stands for may be any server but this machine, link-local and metadata addresses; an entry with an IP \
                address such as `http://127.0.0.1:9090/` may be this machine. Redirects are not followed.",
        expected: "one address or more, with spaces between them, such as `https://gate.example.com/ http://loadtester.test/`",
        unwritten: Unwritten::Nothing("https://gate.example.com/ http://loadtester.test/"),
        short_flag: None,
    },
    read: entries,
    show: Show::AsWritten,
};

static CA_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "hooks.caFile",
        about: "A PEM file of the authorities that are trusted there, in place of the system's. It is read again when it changes.",
        expected: "the path of a file with certificates",
        unwritten: Unwritten::Nothing("/run/secrets/serin-hooks-ca.crt"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(in crate::config) fn hooks(values: &mut Values<'_>) -> Hooks {
    let allow: Option<Vec<Url>> = values.optional(&ALLOW, "");
    let ca_file = optional_path(&CA_FILE, "", values);
    let is_secure = |url: &Url| url.scheme() == "https";
    // A list that is refused says nothing of this.
    let is_read = allow.is_some() || values.source(&ALLOW.entry, "").is_none();
    let allow = allow.unwrap_or_default();
    if is_read && !allow.iter().any(is_secure) {
        refuse_authorities(&CA_FILE.entry, "", values);
    }
    Hooks { allow, ca_file }
}

/// Reads the list.
fn entries(scalar: &Scalar) -> Result<Vec<Url>, Unfit> {
    let separate = |c: char| c == ',' || c.is_whitespace();
    let written = scalar.text.split(separate).filter(|entry| !entry.is_empty());
    let entries: Vec<Url> = written.map(entry).collect::<Result<_, _>>()?;
    match entries.len() {
        0 => Err(Unfit::hint("where hooks may go nowhere, leave the line out")),
        1..=MAX_ENTRIES => Ok(entries),
        count => Err(Unfit::found(format!("{count}; at most {MAX_ENTRIES} are listed"))),
    }
}

fn entry(text: &str) -> Result<Url, Unfit> {
    // A mistake in an address with a password in it does not show the password.
    let found = match text {
        _ if text.len() > MAX_ENTRY_BYTES => format!("one of {} bytes", text.len()),
        _ if text.contains('@') => "one that may hold credentials, which is not shown".to_owned(),
        _ => format!("`{}`", shown(text)),
    };
    let unfit = |hint: &str| Unfit {
        hint: Some(hint.to_owned()),
        ..Unfit::found(found.clone())
    };
    let begins = "it begins with `https://` or `http://`";
    let url = Url::parse(text).map_err(|_| {
        unfit(if text.contains("://") {
            "it has a host"
        } else {
            begins
        })
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unfit(begins));
    }
    if text.contains('@') || text.len() > MAX_ENTRY_BYTES {
        return Err(unfit("scheme, host, perhaps a port and a path, and nothing else"));
    }
    if text.contains('*') {
        return Err(unfit("there are no wildcards: list each host"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unfit("an entry has no `?` and no `#`"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::scalar::Form;

    fn read(text: &str) -> Result<Vec<String>, Unfit> {
        let text = text.to_owned();
        let form = Form::YamlText;
        entries(&Scalar { text, form }).map(|urls| urls.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn several_addresses_are_one_list() {
        assert_eq!(
            read("https://gate.example.com/hooks http://Tester.test:80,http://127.0.0.1:9090").unwrap(),
            [
                "https://gate.example.com/hooks",
                "http://tester.test/",
                "http://127.0.0.1:9090/"
            ]
        );
    }

    #[test]
    fn refuses_what_is_no_beginning_of_an_address_and_shows_no_password() {
        for text in [
            "",
            "gate.example.com",
            "ftp://gate.example.com",
            "http://",
            "https://*.example.com/",
            "https://me:hunter2@gate.example.com/",
            "https://gate.example.com/?a=b",
            "https://gate.example.com/#a",
        ] {
            let unfit = read(text).unwrap_err();
            assert!(!format!("{unfit:?}").contains("hunter2"), "{unfit:?}");
        }
        assert!(read(&"http://a/ ".repeat(MAX_ENTRIES + 1)).is_err());
    }
}
