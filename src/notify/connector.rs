//! Who connects to a receiver: an HTTP client, made anew where whom it trusts has changed.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, ClientBuilder, redirect};

use super::receiver::root_cause;
use crate::authorities::Authorities;

/// Gives the client for the next request.
pub(super) enum Connector {
    /// It trusts the system's authorities, or needs none.
    Fixed(Client),
    /// It trusts others.
    Trusting {
        authorities: Arc<Authorities>,
        kept: Mutex<Option<([u8; 32], Client)>>,
    },
}

impl Connector {
    /// For receivers by plain HTTP: without the system's certificates, which need not be there.
    pub(super) fn plain() -> reqwest::Result<Self> {
        builder().tls_certs_only([]).build().map(Self::Fixed)
    }

    /// For receivers by TLS: it trusts `authorities`, or else the system's.
    pub(super) fn secure(authorities: Option<Arc<Authorities>>) -> reqwest::Result<Self> {
        match authorities {
            Some(authorities) => Ok(Self::Trusting {
                authorities,
                kept: Mutex::default(),
            }),
            None => builder().build().map(Self::Fixed),
        }
    }

    /// The client.
    ///
    /// # Errors
    /// Where there are no authorities to trust any more.
    pub(super) async fn client(&self) -> Result<Client, String> {
        let (authorities, kept) = match self {
            Self::Fixed(client) => return Ok(client.clone()),
            Self::Trusting { authorities, kept } => (authorities, kept),
        };
        let trusted = authorities.now().await.map_err(|error| error.to_string())?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = kept.as_ref().filter(|(digest, _)| *digest == trusted.digest()) {
            return Ok(client.clone());
        }
        let client = builder().tls_certs_only(trusted.certificates()).build();
        let client = client.map_err(|error| root_cause(&error))?;
        *kept = Some((trusted.digest(), client.clone()));
        Ok(client)
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
}
