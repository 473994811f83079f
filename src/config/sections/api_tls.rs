//! `api.tls`: the API's certificate.

use std::path::PathBuf;

use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::Scalar;
use crate::config::source::Source;
use crate::config::values::Values;

/// Where the API's certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTls {
    /// The certificate, and behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

pub(super) static CERTIFICATE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.tls.certificate",
        about: "A file with the API's certificate, and behind it those that lead to its authority. With it the API answers by TLS alone. It and its \
                key are read again when they change; a pair that cannot be used leaves the one before.",
        expected: "the path of a file with certificates in PEM",
        unwritten: Unwritten::Nothing("/etc/serin/tls/tls.crt"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static KEY: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.tls.key",
        about: "A file with the certificate's key.",
        expected: "the path of a file with a private key in PEM",
        unwritten: Unwritten::Nothing("/etc/serin/tls/tls.key"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

/// Where they are; without them the API answers without TLS.
pub(super) fn tls(values: &mut Values<'_>) -> Option<ApiTls> {
    for (field, other) in [(&CERTIFICATE, &KEY), (&KEY, &CERTIFICATE)] {
        let is_alone = values.source(&field.entry, "").is_some() && values.source(&other.entry, "").is_none();
        if is_alone {
            let source = values.source(&field.entry, "").unwrap_or(Source::Default);
            let expected = format!("`{}` as well", other.entry.path);
            values.refuse(field.entry.path, &source, expected, "it alone", None);
        }
    }
    let mut path = |field: &Field<PathBuf>| {
        let path = values.optional(field, "")?;
        Some(values.resolve(&field.entry, "", &path))
    };
    let (certificate, key) = (path(&CERTIFICATE), path(&KEY));
    Some(ApiTls {
        certificate: certificate?,
        key: key?,
    })
}
