//! What the API is told by the configuration.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::access::{Jwt, Reviewer, Token};
use super::tls::Tls;
use crate::signature::SigningKey;

/// How the API guards itself. The configuration has the defaults and the ranges.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// A token (`Authorization: Bearer …`) whose owner may do everything. Once it or any of `tokens` is there, every request has to bring
    /// one.
    pub token: Option<SecretString>,
    /// Tokens with a role and an end.
    pub tokens: Vec<Token>,
    /// Whose signed tokens count as well.
    pub jwt: Option<Arc<Jwt>>,
    /// The cluster whose tokens count as well, and whose rules say what their owners may.
    pub reviewer: Option<Arc<dyn Reviewer>>,
    /// What opens the webhooks of those who move traffic themselves, and nothing else; the token above opens them too.
    pub webhook_token: Option<SecretString>,
    /// What signs those webhooks, where they bring no token: any of these.
    pub webhook_keys: Vec<SigningKey>,
    /// The certificate by which connections are secure; without one they are not.
    pub tls: Option<Arc<Tls>>,
    /// Bytes that the body of a request may have.
    pub body_limit_bytes: usize,
    /// Time that a client has for the head of a request, and for which an idle connection stays open.
    pub header_timeout: Duration,
    /// Time from there to the answer. A stream has no limit.
    pub request_timeout: Duration,
    /// Connections at a time.
    pub max_connections: usize,
}
