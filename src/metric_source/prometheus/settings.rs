//! How a data source is reached: what the configuration says of it, checked before it comes here.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;

/// Time for one request where nobody says otherwise: Prometheus' own scrape time-out.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);

/// Requests under way at once where nobody says otherwise. Prometheus' default is 20 (`--query.max-concurrency`): leave room
/// for people.
pub const MAX_CONCURRENT_DEFAULT: usize = 8;

/// Length of an answer where nobody says otherwise: 300,000 rows of some 200 bytes.
pub const ANSWER_LIMIT_BYTES_DEFAULT: usize = 64 << 20;

/// How a data source is reached.
///
/// Files are named, not read: a [`Client`](super::Client) reads them when it needs them, and again when they change.
#[derive(Debug, Clone)]
pub struct DataSourceSettings {
    /// Where its API is, up to what stands before `/api/v1`: `http` or `https`, perhaps with a path, without user, query or
    /// fragment.
    pub address: Url,
    /// Who asks.
    pub auth: Auth,
    /// How the connection is secured, where the address says `https`.
    pub tls: Tls,
    /// Added to each request, such as `X-Scope-OrgID`. Values marked as sensitive are in no `Debug`.
    pub headers: HeaderMap,
    /// Time for one request, from the wait for its turn to the last byte of the answer.
    pub timeout: Duration,
    /// Requests under way at once; more wait. At least 1.
    pub max_concurrent: usize,
    /// Longest answer that is read, counted after decompression.
    pub answer_limit_bytes: usize,
    /// How far before now queries look, for sources that are filled late.
    pub query_offset: Duration,
}

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// Anybody.
    #[default]
    None,
    /// The bearer of a token.
    Bearer {
        /// The file that holds it.
        token_file: PathBuf,
    },
    /// A user with a password, by basic authentication.
    Basic {
        /// The user, without a `:`.
        username: String,
        /// The file that holds the password.
        password_file: PathBuf,
    },
}

/// How the connection is secured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM file of the authorities that are trusted, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The certificate by which the server knows us.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether the server's certificate is taken unchecked.
    pub insecure_skip_verify: bool,
}

/// A certificate and its key, each in a PEM file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, and those between it and the authority.
    pub cert_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
}

impl DataSourceSettings {
    /// The source at `address`, with the defaults for all else.
    #[must_use]
    pub fn new(address: Url) -> Self {
        Self {
            address,
            auth: Auth::default(),
            tls: Tls::default(),
            headers: HeaderMap::new(),
            timeout: TIMEOUT_DEFAULT,
            max_concurrent: MAX_CONCURRENT_DEFAULT,
            answer_limit_bytes: ANSWER_LIMIT_BYTES_DEFAULT,
            query_offset: Duration::ZERO,
        }
    }
}
