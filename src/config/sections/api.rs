//! `api`: where commands and questions come in.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::api_jwt::{self, ApiJwt};
use super::api_kubernetes::{self, ApiKubernetes};
use super::api_tls::{self, ApiTls};
use super::api_tokens::{self, ApiToken};
use super::{MINUTE, SECOND};
use crate::config::address::{address, is_loopback};
use crate::config::apart::{SECRET, direct_or_file, secret};
use crate::config::bytes::bytes;
use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::layers::Layers;
use crate::config::scalar::Scalar;
use crate::config::source::Source;
use crate::config::values::Values;

/// Where commands and questions come in.
#[derive(Debug, Clone)]
pub struct Api {
    /// Where it listens. Beyond this machine only with a token.
    pub address: SocketAddr,
    /// A token that may do everything and never expires.
    pub token: Option<SecretString>,
    /// Tokens with a role and an end, by name.
    pub tokens: Vec<ApiToken>,
    /// Whose signed tokens count.
    pub jwt: Option<ApiJwt>,
    /// Whether the cluster's own identities count.
    pub kubernetes: ApiKubernetes,
    /// What opens the webhooks of those who move traffic themselves, and nothing else.
    pub webhook_token: Option<SecretString>,
    /// What signs those webhooks.
    pub webhook_secret: Option<SecretString>,
    /// What signed them before that, and does for as long as senders change to the newer one.
    pub previous_webhook_secret: Option<SecretString>,
    /// The certificate by which it answers; without one it does so in the open.
    pub tls: Option<ApiTls>,
    /// Bytes that the body of a request may have.
    pub body_limit_bytes: u64,
    /// Time that a client has for the head of a request.
    pub header_timeout: Duration,
    /// Time that a request has from then on. A stream has no limit.
    pub request_timeout: Duration,
    /// Connections at a time.
    pub max_connections: u64,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "api",
    about: "The API: commands and questions.",
    example_name: Some("ci"),
    entries: &[
        &ADDRESS.entry,
        &api_tls::CERTIFICATE.entry,
        &api_tls::KEY.entry,
        &TOKEN.entry,
        &TOKEN_FILE.entry,
        &api_tokens::ROLE.entry,
        &api_tokens::SHA256.entry,
        &api_tokens::EXPIRES.entry,
        &api_jwt::SECRET_FIELD.entry,
        &api_jwt::SECRET_FILE.entry,
        &api_jwt::PUBLIC_KEY_FILE.entry,
        &api_jwt::JWKS_FILE.entry,
        &api_jwt::ISSUER.entry,
        &api_jwt::AUDIENCE.entry,
        &api_jwt::NAME_CLAIM.entry,
        &api_jwt::ROLE_CLAIM.entry,
        &api_kubernetes::ENABLED.entry,
        &api_kubernetes::AUDIENCE.entry,
        &WEBHOOK_TOKEN.entry,
        &WEBHOOK_TOKEN_FILE.entry,
        &WEBHOOK_SECRET.entry,
        &WEBHOOK_SECRET_FILE.entry,
        &PREVIOUS_WEBHOOK_SECRET.entry,
        &PREVIOUS_WEBHOOK_SECRET_FILE.entry,
        &BODY_LIMIT.entry,
        &HEADER_TIMEOUT.entry,
        &REQUEST_TIMEOUT.entry,
        &MAX_CONNECTIONS.entry,
    ],
};

pub(in crate::config) static ADDRESS: Field<SocketAddr> = Field {
    entry: Entry {
        path: "api.address",
        about: "Where it listens. Whoever reaches it can promote and abort: beyond loopback it needs a token.",
        expected: "an IP address and a port, such as `127.0.0.1:8080`",
        unwritten: Unwritten::Is("127.0.0.1:8080"),
        short_flag: None,
    },
    read: address,
    show: Show::AsWritten,
};

static TOKEN: Field<SecretString> = Field {
    entry: Entry {
        path: "api.token",
        about: "A token (`Authorization: Bearer …`) whose owner may do everything, without an end. Once it, one of `tokens`, `jwt` or \
                `kubernetes` is there, every request has to bring a token.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

static TOKEN_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.tokenFile",
        about: "A file that holds the token and nothing else.",
        expected: "the path of a file that holds the token",
        unwritten: Unwritten::Nothing("/run/secrets/serin-api-token"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static WEBHOOK_TOKEN: Field<SecretString> = Field {
    entry: Entry {
        path: "api.webhookToken",
        about: "A token that opens `/webhooks` and nothing else, for Flagger: the user or the password in its webhooks' addresses. \
                Tokens of the API that may judge open them too.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

static WEBHOOK_TOKEN_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.webhookTokenFile",
        about: "A file that holds that token and nothing else.",
        expected: "the path of a file that holds the token",
        unwritten: Unwritten::Nothing("/run/secrets/serin-webhook-token"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static WEBHOOK_SECRET: Field<SecretString> = Field {
    entry: Entry {
        path: "api.webhookSecret",
        about: "What signs requests to `/webhooks` that bring no token (HMAC-SHA256, as Standard Webhooks has it). After `whsec_` stands \
                the key in base64; any other text is the key itself.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

static WEBHOOK_SECRET_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.webhookSecretFile",
        about: "A file that holds that secret and nothing else.",
        expected: "the path of a file that holds the secret",
        unwritten: Unwritten::Nothing("/run/secrets/serin-webhook-secret"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static PREVIOUS_WEBHOOK_SECRET: Field<SecretString> = Field {
    entry: Entry {
        path: "api.previousWebhookSecret",
        about: "The secret before that one. It counts as well, so that senders can change to the new one in their own time; take it away \
                once they have.",
        expected: SECRET,
        unwritten: Unwritten::OnlyAVariable,
        short_flag: None,
    },
    read: secret,
    show: Show::Never,
};

static PREVIOUS_WEBHOOK_SECRET_FILE: Field<PathBuf> = Field {
    entry: Entry {
        path: "api.previousWebhookSecretFile",
        about: "A file that holds that secret and nothing else.",
        expected: "the path of a file that holds the secret",
        unwritten: Unwritten::Nothing("/run/secrets/serin-webhook-secret-previous"),
        short_flag: None,
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static BODY_LIMIT: Field<u64> = Field {
    entry: Entry {
        path: "api.bodyLimit",
        about: "How long the body of a request may be.",
        expected: "a number of bytes from `1KiB` to `16MiB`",
        unwritten: Unwritten::Is("1MiB"),
        short_flag: None,
    },
    read: |scalar| bytes(scalar, 1 << 10..=16 << 20),
    show: Show::AsWritten,
};

static HEADER_TIMEOUT: Field<Duration> = Field {
    entry: Entry {
        path: "api.headerTimeout",
        about: "How long a client may take for the head of a request.",
        expected: "a duration from `1s` to `1m`",
        unwritten: Unwritten::Is("5s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(SECOND..=MINUTE),
    show: Show::AsWritten,
};

static REQUEST_TIMEOUT: Field<Duration> = Field {
    entry: Entry {
        path: "api.requestTimeout",
        about: "How long a request may take from there to its answer. Streams have no limit.",
        expected: "a duration from `1s` to `5m`",
        unwritten: Unwritten::Is("10s"),
        short_flag: None,
    },
    read: |scalar| scalar.duration(SECOND..=5 * MINUTE),
    show: Show::AsWritten,
};

static MAX_CONNECTIONS: Field<u64> = Field {
    entry: Entry {
        path: "api.maxConnections",
        about: "How many connections there may be at a time; more wait.",
        expected: "a whole number from 1 to 65536",
        unwritten: Unwritten::Is("1024"),
        short_flag: None,
    },
    read: |scalar| scalar.count(1..=65_536),
    show: Show::AsWritten,
};

pub(in crate::config) fn api(layers: &Layers, values: &mut Values<'_>) -> Api {
    let address = values.value(&ADDRESS, "");
    let token = direct_or_file(&TOKEN, &TOKEN_FILE, "", values);
    let tokens = api_tokens::tokens(layers, values);
    let tls = api_tls::tls(values);
    let jwt = api_jwt::jwt(values);
    let kubernetes = api_kubernetes::kubernetes(values);
    let webhook_token = direct_or_file(&WEBHOOK_TOKEN, &WEBHOOK_TOKEN_FILE, "", values);
    let webhook_secret = direct_or_file(&WEBHOOK_SECRET, &WEBHOOK_SECRET_FILE, "", values);
    let previous_webhook_secret = direct_or_file(
        &PREVIOUS_WEBHOOK_SECRET,
        &PREVIOUS_WEBHOOK_SECRET_FILE,
        "",
        values,
    );
    let is_wanted = api_tokens::are_wanted(layers) || api_jwt::is_wanted(values) || kubernetes.enabled;
    refuse_without_token(address, is_wanted, values);
    Api {
        address,
        token,
        tokens,
        jwt,
        kubernetes,
        webhook_token,
        webhook_secret,
        previous_webhook_secret,
        tls,
        body_limit_bytes: values.value(&BODY_LIMIT, ""),
        header_timeout: values.value(&HEADER_TIMEOUT, ""),
        request_timeout: values.value(&REQUEST_TIMEOUT, ""),
        max_connections: values.value(&MAX_CONNECTIONS, ""),
    }
}

/// Beyond loopback there is a token, or another way to know who asks. One that was refused has been told, and is one all the same.
fn refuse_without_token(address: SocketAddr, is_wanted: bool, values: &mut Values<'_>) {
    let wanted = [&TOKEN.entry, &TOKEN_FILE.entry]
        .iter()
        .any(|entry| values.source(entry, "").is_some())
        || is_wanted;
    if is_loopback(address) || wanted {
        return;
    }
    let source = values.source(&ADDRESS.entry, "").unwrap_or(Source::Default);
    values.refuse(
        ADDRESS.entry.path,
        &source,
        "an address of this machine only, such as `127.0.0.1:8080`, as there is no token",
        format!("`{address}`"),
        "make one with `openssl rand -base64 33`, and set SERIN_API_TOKEN or name its file in `api.tokenFile`".to_owned(),
    );
}
