//! `dataSources`: the fields of a data source. Where Prometheus' own `http_config` has a field, it has its name here.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::header_lines::{HeaderLines, header_lines};
use super::source_address::source_address;
use super::{MINUTE, SECOND};
use crate::config::bytes::bytes;
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::{Scalar, Unfit};

pub(in crate::config) static SECTION: Section = Section {
    name: "dataSources",
    about: "What speaks Prometheus' HTTP API, by names of your choice. A Canary names one in `analysis.dataSource`; the one named \
            `default` serves those that name none. Files are read again when they change.",
    example_name: Some("default"),
    entries: &[
        &ADDRESS.entry,
        &BEARER_TOKEN_FILE.entry,
        &USERNAME.entry,
        &PASSWORD_FILE.entry,
        &CA_FILE.entry,
        &CERT_FILE.entry,
        &KEY_FILE.entry,
        &INSECURE_SKIP_VERIFY.entry,
        &HEADERS.entry,
        &TIMEOUT.entry,
        &MAX_CONCURRENT.entry,
        &ANSWER_LIMIT.entry,
        &QUERY_OFFSET.entry,
    ],
};

pub(super) static ADDRESS: Field<Url> = Field {
    entry: Entry {
        path: "dataSources.*.address",
        about: "Where its API is, up to what stands before `/api/v1`, perhaps with a path such as `/prometheus`.",
        expected: "an address such as `http://prometheus.monitoring:9090`",
        unwritten: Unwritten::Nothing("https://prometheus.example.com"),
        short_flag: None,
    },
    read: source_address,
    show: Show::AsWritten,
};

pub(super) static BEARER_TOKEN_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "dataSources.*.bearerTokenFile",
        about: "A file that holds a bearer token and nothing else.",
        expected: "the path of a file that holds the token",
        unwritten: Unwritten::Nothing("/run/secrets/serin-prometheus-token"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static USERNAME: Field<String> = Field {
    entry: Entry {
        path: "dataSources.*.username",
        about: "The user, for basic authentication.",
        expected: "a user's name, without `:`",
        unwritten: Unwritten::Other("serin"),
        short_flag: None,
    },
    read: username,
    show: Show::AsWritten,
};

pub(super) static PASSWORD_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "dataSources.*.passwordFile",
        about: "A file that holds that user's password and nothing else.",
        expected: "the path of a file that holds the password",
        unwritten: Unwritten::Other("/run/secrets/serin-prometheus-password"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static CA_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "dataSources.*.caFile",
        about: "A PEM file of the authorities that are trusted, in place of the system's.",
        expected: "the path of a file with certificates",
        unwritten: Unwritten::Nothing("/run/secrets/serin-prometheus-ca.crt"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static CERT_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "dataSources.*.certFile",
        about: "A PEM file with Serin's own certificate, where the server wants one.",
        expected: "the path of a file with a certificate",
        unwritten: Unwritten::Nothing("/run/secrets/serin-prometheus.crt"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static KEY_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "dataSources.*.keyFile",
        about: "A PEM file with that certificate's private key.",
        expected: "the path of a file with a private key",
        unwritten: Unwritten::Nothing("/run/secrets/serin-prometheus.key"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

pub(super) static INSECURE_SKIP_VERIFY: Field<bool> = Field {
    entry: Entry {
        path: "dataSources.*.insecureSkipVerify",
        about: "Whether the server's certificate is taken unchecked. Whoever stands between could then answer in its place.",
        expected: "`true` or `false`",
        unwritten: Unwritten::Is("false"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&[("true", true), ("false", false)]),
    show: Show::AsWritten,
};

pub(super) static HEADERS: Field<HeaderLines> = Field {
    entry: Entry {
        path: "dataSources.*.headers",
        about: "Headers for each request, one on each line. Values that are secret stand in the variable.",
        expected: "text with a `Name: value` on each line",
        unwritten: Unwritten::Nothing("'X-Scope-OrgID: shop'"),
        short_flag: None,
    },
    read: header_lines,
    show: Show::As(ToString::to_string),
};

pub(super) static TIMEOUT: Field<Duration> = Field {
    entry: Entry {
        path: "dataSources.*.timeout",
        about: "How long a query may take, from the wait for its turn to the end of the answer.",
        expected: "a duration from `1s` to `2m`",
        unwritten: Unwritten::Is("10s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(SECOND..=2 * MINUTE),
    show: Show::AsWritten,
};

pub(super) static MAX_CONCURRENT: Field<u64> = Field {
    entry: Entry {
        path: "dataSources.*.maxConcurrent",
        about: "How many queries there may be at a time; more wait.",
        expected: "a whole number from 1 to 100",
        unwritten: Unwritten::Is("8"),
        short_flag: None,
    },
    read: |scalar| scalar.count(1..=100),
    show: Show::AsWritten,
};

pub(super) static ANSWER_LIMIT: Field<u64> = Field {
    entry: Entry {
        path: "dataSources.*.answerLimit",
        about: "How long an answer may be. Where one is longer, its query is split.",
        expected: "a number of bytes from `64KiB` to `1024MiB`",
        unwritten: Unwritten::Is("64MiB"),
        short_flag: None,
    },
    read: |scalar| bytes(scalar, 64 << 10..=1024 << 20),
    show: Show::AsWritten,
};

pub(super) static QUERY_OFFSET: Field<Duration> = Field {
    entry: Entry {
        path: "dataSources.*.queryOffset",
        about: "How far before now a poll looks, where samples of one time do not arrive together: `2s` for VictoriaMetrics, the \
                delay of remote writing for what is filled by it.",
        expected: "a duration from `0s` to `10m`",
        unwritten: Unwritten::Is("0s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(Duration::ZERO..=10 * MINUTE),
    show: Show::AsWritten,
};

/// A user of basic authentication: what RFC 7617, section 2, allows.
fn username(scalar: &Scalar) -> Result<String, Unfit> {
    let text = &scalar.text;
    if text.contains(':') {
        return Err(Unfit {
            found: Some("one with a `:`, which is not shown".to_owned()),
            ..Unfit::hint("the password stands in a file of its own, which `passwordFile` names")
        });
    }
    let fits = !text.is_empty() && !text.contains(char::is_control);
    fits.then(|| text.clone()).ok_or_else(Unfit::default)
}
