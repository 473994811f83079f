//! `api.jwt`: whose signed tokens count.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::apart::{SECRET, direct_or_file, secret};
use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::{Form, Scalar, Unfit};
use crate::config::source::Source;
use crate::config::values::Values;

/// Longest issuer, audience or name of a claim: a URL.
const TEXT_CHARS_MAX: usize = 253;

/// Whose signed tokens count, and what they have to say.
#[derive(Debug, Clone)]
pub struct ApiJwt {
    /// What they are signed with.
    pub key: ApiJwtKey,
    /// What `iss` has to be, if it matters.
    pub issuer: Option<String>,
    /// What `aud` has to have, if it matters.
    pub audience: Option<String>,
    /// The claim that names the owner.
    pub name_claim: String,
    /// The claim that has the role.
    pub role_claim: String,
}

/// What tokens are signed with.
#[derive(Debug, Clone)]
pub enum ApiJwtKey {
    /// A secret that the signer has as well.
    Secret(SecretString),
    /// A file with the signer's public key in PEM.
    PublicKeyFile(PathBuf),
    /// A file with the signer's public keys as a JSON Web Key Set.
    JwksFile(PathBuf),
}

pub(super) static SECRET_FIELD: Field<SecretString> = Field {
    entry: Entry {
        path: "api.jwt.secret",
        about: "What JSON Web Tokens are signed with that count as well (HS256); whoever has it can sign for everybody.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

pub(super) static SECRET_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.jwt.secretFile",
        about: "A file that holds that secret and nothing else.",
        expected: "the path of a file that holds the secret",
        unwritten: Unwritten::Other("/run/secrets/serin-jwt-secret"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static PUBLIC_KEY_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.jwt.publicKeyFile",
        about: "In place of it, the public key of whoever signs, in PEM. The algorithm is the key's: RS256 for RSA, ES256 and ES384 for P-256 and \
                P-384, EdDSA for Ed25519.",
        expected: "the path of a file that holds a public key",
        unwritten: Unwritten::Other("/etc/serin/jwt.pem"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static JWKS_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.jwt.jwksFile",
        about: "In place of it, the public keys of whoever signs, as a JSON Web Key Set. It is read again when it changes.",
        expected: "the path of a file that holds a JSON Web Key Set",
        unwritten: Unwritten::Nothing("/etc/serin/jwks.json"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static ISSUER: Field<String> = Field {
    entry: Entry {
        path: "api.jwt.issuer",
        about: "What their `iss` has to be. Without it: anything.",
        expected: TEXT,
        unwritten: Unwritten::Nothing("https://login.example.com/"),
        short_flag: None,
    },
    read: text,
    show: Show::AsWritten,
};

pub(super) static AUDIENCE: Field<String> = Field {
    entry: Entry {
        path: "api.jwt.audience",
        about: "What their `aud` has to be, or to have among others. Without it: anything, also what is meant for somebody else.",
        expected: TEXT,
        unwritten: Unwritten::Nothing("serin"),
        short_flag: None,
    },
    read: text,
    show: Show::AsWritten,
};

pub(super) static NAME_CLAIM: Field<String> = Field {
    entry: Entry {
        path: "api.jwt.nameClaim",
        about: "The claim that says whose a token is: what the journal names, after `jwt:`.",
        expected: TEXT,
        unwritten: Unwritten::Is("sub"),
        short_flag: None,
    },
    read: text,
    show: Show::AsWritten,
};

pub(super) static ROLE_CLAIM: Field<String> = Field {
    entry: Entry {
        path: "api.jwt.roleClaim",
        about: "The claim with the role, `viewer`, `operator` or `admin`; of several the highest counts. A dot leads into an object, as in \
                `realm_access.roles`.",
        expected: TEXT,
        unwritten: Unwritten::Is("role"),
        short_flag: None,
    },
    read: text,
    show: Show::AsWritten,
};

const TEXT: &str = "a text of 1 to 253 visible characters";

fn text(scalar: &Scalar) -> Result<String, Unfit> {
    let text = &scalar.text;
    let fits = (1..=TEXT_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if scalar.form == Form::YamlOther || !fits {
        return Err(Unfit::default());
    }
    Ok(text.clone())
}

/// Whose signed tokens count; nobody's where there is no key.
pub(super) fn jwt(values: &mut Values<'_>) -> Option<ApiJwt> {
    refuse_several_keys(values);
    let secret = direct_or_file(&SECRET_FIELD, &SECRET_FILE, "", values);
    let resolved = |values: &mut Values<'_>, field: &Field<PathBuf>| {
        let path = values.optional(field, "")?;
        Some(values.resolve(&field.entry, "", &path))
    };
    let public_key = resolved(values, &PUBLIC_KEY_FILE);
    let jwks = resolved(values, &JWKS_FILE);
    let (issuer, audience) = (values.optional(&ISSUER, ""), values.optional(&AUDIENCE, ""));
    let (name_claim, role_claim) = (values.value(&NAME_CLAIM, ""), values.value(&ROLE_CLAIM, ""));
    let key = secret
        .map(ApiJwtKey::Secret)
        .or_else(|| public_key.map(ApiJwtKey::PublicKeyFile))
        .or_else(|| jwks.map(ApiJwtKey::JwksFile))?;
    Some(ApiJwt {
        key,
        issuer,
        audience,
        name_claim,
        role_claim,
    })
}

/// Whether there is a key; one that was refused has been told, and is one all the same.
pub(super) fn is_wanted(values: &Values<'_>) -> bool {
    KEYS.iter().any(|entry| values.source(entry, "").is_some())
}

static KEYS: [&Entry; 4] = [
    &SECRET_FIELD.entry,
    &SECRET_FILE.entry,
    &PUBLIC_KEY_FILE.entry,
    &JWKS_FILE.entry,
];

/// Two keys would be two signers, of whom nobody knows which one is meant.
fn refuse_several_keys(values: &mut Values<'_>) {
    // A secret and a file of it are looked at elsewhere.
    let of = |entries: &[&'static Entry], values: &Values<'_>| {
        let mut written = entries
            .iter()
            .filter_map(|entry| Some((*entry, values.source(entry, "")?)));
        written.next()
    };
    let secret = of(&[&SECRET_FIELD.entry, &SECRET_FILE.entry], values);
    let public_key = of(&[&PUBLIC_KEY_FILE.entry], values);
    let key_set = of(&[&JWKS_FILE.entry], values);
    let written: Vec<(&Entry, Source)> = [secret, public_key, key_set].into_iter().flatten().collect();
    if let [(first, _), (second, source), ..] = &written[..] {
        values.refuse(
            second.path,
            source,
            "one key",
            format!("`{}` as well", first.path),
            "leave one of them out; a key set has room for several".to_owned(),
        );
    }
}
