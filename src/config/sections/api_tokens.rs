//! `api.tokens`: who may ask the API by a token of their own, and for what.

use std::fmt;

use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::layers::Layers;
use crate::config::scalar::{Scalar, Unfit};
use crate::config::source::Source;
use crate::config::values::{Values, path_of};

/// Where they stand.
const PATH: &str = "api.tokens";

/// Tokens. Every request is held against all of them, so that its time says nothing of which one it was close to.
const MAX_TOKENS: usize = 100;

/// What a token's owner may do. Each may what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiRole {
    /// Look.
    Viewer,
    /// Every command that raises nothing past its gates.
    Operator,
    /// Everything.
    Admin,
}

/// A token, as far as the configuration knows it: not the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Whose it is: what the journal names.
    pub name: String,
    /// What its owner may do.
    pub role: ApiRole,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// When it counts no longer.
    pub expires: jiff::Timestamp,
}

/// A SHA-256, shown by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}{d:02x}…")
    }
}

pub(super) static ROLE: Field<ApiRole> = Field {
    entry: Entry {
        path: "api.tokens.*.role",
        about: "What the owner of a token of this name may do. A viewer looks; an operator also starts, pauses, resumes, approves and \
                aborts; an admin also promotes, which skips gates. `serin generate token` makes a token and these lines.",
        expected: "`viewer`, `operator` or `admin`",
        unwritten: Unwritten::Nothing("operator"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&ROLES),
    show: Show::AsWritten,
};

/// The roles, by their words.
const ROLES: [(&str, ApiRole); 3] = [
    ("viewer", ApiRole::Viewer),
    ("operator", ApiRole::Operator),
    ("admin", ApiRole::Admin),
];

pub(super) static SHA256: Field<Sha256> = Field {
    entry: Entry {
        path: "api.tokens.*.sha256",
        about: "The SHA-256 of the token, which stands nowhere itself.",
        expected: "64 hexadecimal digits, such as `printf %s TOKEN | sha256sum` prints",
        unwritten: Unwritten::Nothing("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
        short_flag: None,
    },
    read: sha256,
    show: Show::As(Sha256::to_string),
};

pub(super) static EXPIRES: Field<jiff::Timestamp> = Field {
    entry: Entry {
        path: "api.tokens.*.expires",
        about: "When the token counts no longer.",
        expected: "a time such as `2027-01-31T12:00:00Z` (RFC 3339)",
        unwritten: Unwritten::Nothing("2027-01-31T12:00:00Z"),
        short_flag: None,
    },
    read: |scalar| scalar.text.parse().map_err(|_| Unfit::default()),
    show: Show::AsWritten,
};

static ENTRIES: [&Entry; 3] = [&ROLE.entry, &SHA256.entry, &EXPIRES.entry];

/// Checks the tokens that are named, each with where.
pub(super) fn tokens(layers: &Layers, values: &mut Values<'_>) -> Vec<ApiToken> {
    let named = layers.names_below(PATH);
    if let Some((_, first_beyond)) = named.iter().nth(MAX_TOKENS) {
        let expected = format!("at most {MAX_TOKENS} tokens");
        values.refuse(PATH, first_beyond, expected, named.len().to_string(), None);
        return Vec::new();
    }
    let mut tokens: Vec<ApiToken> = Vec::new();
    for (name, source) in &named {
        let Some(token) = token(name, source, values) else {
            continue;
        };
        if let Some(same) = tokens.iter().find(|other| other.sha256 == token.sha256) {
            values.refuse(
                &path_of(&SHA256.entry, name),
                &values.source(&SHA256.entry, name).unwrap_or(Source::Default),
                "a token of its own",
                format!("that of `{}`", same.name),
                format!("make another one with `serin generate token {name}`"),
            );
        }
        tokens.push(token);
    }
    tokens
}

/// Whether a token is named at all; one that was refused has been told, and is one all the same.
pub(super) fn are_wanted(layers: &Layers) -> bool {
    !layers.names_below(PATH).is_empty()
}

fn token(name: &str, source: &Source, values: &mut Values<'_>) -> Option<ApiToken> {
    for entry in ENTRIES {
        if values.source(entry, name).is_none() {
            let hint = format!("`serin generate token {name}` makes a token and these lines");
            values.refuse(&path_of(entry, name), source, entry.expected, "nothing", hint);
        }
    }
    let (role, sha256) = (values.optional(&ROLE, name), values.optional(&SHA256, name));
    let expires = values.optional(&EXPIRES, name);
    Some(ApiToken {
        name: name.to_owned(),
        role: role?,
        sha256: sha256?,
        expires: expires?,
    })
}

fn sha256(scalar: &Scalar) -> Result<Sha256, Unfit> {
    let text = scalar.text.as_str();
    let found = || Unfit {
        found: Some(format!(
            "{} characters, which are not shown",
            text.chars().count()
        )),
        ..Unfit::hint(
            "the token itself stands nowhere, only its SHA-256; in quotes, where it has digits alone",
        )
    };
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(found());
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| found())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| found())?;
    }
    Ok(Sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::scalar::Form;

    fn read(text: &str) -> Result<Sha256, Unfit> {
        let text = text.to_owned();
        sha256(&Scalar {
            text,
            form: Form::YamlText,
        })
    }

    #[test]
    fn a_hash_has_64_digits_and_nothing_else_is_one() {
        let mut bytes = [0xab; 32];
        bytes[0] = 0x01;
        assert_eq!(read(&format!("01{}", "aB".repeat(31))), Ok(Sha256(bytes)));
        for refused in [
            "",
            "ab",
            &"ab".repeat(33),
            &"zz".repeat(32),
            &"é".repeat(32),
            &"+1".repeat(32),
        ] {
            let unfit = read(refused).unwrap_err();
            assert!(
                refused.is_empty() || !format!("{unfit:?}").contains(refused),
                "{unfit:?}"
            );
        }
    }
}
