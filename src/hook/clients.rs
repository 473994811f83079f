//! The HTTP clients, each bound to the addresses that it may connect to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};
use url::Url;

use super::attempt::root_cause;
use crate::authorities::{Authorities, Trusted};

/// Clients that are kept: building one reads the system's certificates. A fleet has some gates and load testers; beyond that all are
/// built anew.
const CLIENTS_MAX: usize = 64;

/// A scheme, a host, what it was found to stand for, and whom is trusted, where that is not the system's authorities.
type Key = (String, String, Vec<SocketAddr>, Option<[u8; 32]>);

/// The clients by what they connect to.
#[derive(Default)]
pub(super) struct Clients {
    kept: Mutex<HashMap<Key, Client>>,
    authorities: Option<Authorities>,
}

impl Clients {
    /// Clients that trust those authorities alone.
    pub(super) fn trusting(authorities: Authorities) -> Self {
        Self {
            authorities: Some(authorities),
            ..Self::default()
        }
    }

    /// A client that connects for the host of `url` to these addresses and no others; to the host itself where it is an address.
    ///
    /// # Errors
    /// Where none can be built.
    pub(super) async fn for_host(&self, url: &Url, addresses: &[SocketAddr]) -> Result<Client, String> {
        let host = url.host_str().unwrap_or_default();
        let trusted = self.trusted(url).await?;
        let digest = trusted.as_ref().map(Trusted::digest);
        let key = (
            url.scheme().to_owned(),
            host.to_owned(),
            addresses.to_vec(),
            digest,
        );
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = kept.get(&key) {
            return Ok(client.clone());
        }
        let builder = builder(url, addresses, trusted.as_ref());
        let client = builder.build().map_err(|error| root_cause(&error))?;
        if kept.len() >= CLIENTS_MAX {
            kept.clear();
        }
        kept.insert(key, client.clone());
        Ok(client)
    }

    /// One that nobody keeps, before it is built.
    ///
    /// # Errors
    /// Where the authorities cannot be read.
    pub(super) async fn builder(&self, url: &Url, addresses: &[SocketAddr]) -> Result<ClientBuilder, String> {
        let trusted = self.trusted(url).await?;
        Ok(builder(url, addresses, trusted.as_ref()))
    }

    async fn trusted(&self, url: &Url) -> Result<Option<Trusted>, String> {
        match self.authorities.as_ref().filter(|_| url.scheme() == "https") {
            Some(authorities) => authorities
                .now()
                .await
                .map(Some)
                .map_err(|error| error.to_string()),
            None => Ok(None),
        }
    }
}

fn builder(url: &Url, addresses: &[SocketAddr], trusted: Option<&Trusted>) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Pinned(addresses.to_vec())));
    match (url.scheme(), trusted) {
        ("https", None) => builder,
        ("https", Some(trusted)) => builder.tls_certs_only(trusted.certificates()),
        // Without the system's certificates, which need not be there.
        _ => builder.tls_certs_only([]),
    }
}

/// Every name stands for these addresses: nothing is looked up behind the back of whoever checked them.
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses = self.0.clone().into_iter();
        Box::pin(std::future::ready(Ok(Box::new(addresses) as Addrs)))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_name_stands_for_its_pinned_address_and_the_port_is_the_urls() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(async || "here");
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let url = Url::parse(&format!("http://no-such-name.invalid:{}/", address.port())).unwrap();
        let clients = Clients::default();
        let pinned = clients
            .for_host(&url, &[SocketAddr::new(address.ip(), 0)])
            .await
            .unwrap();
        assert_eq!(pinned.post(url.clone()).send().await.unwrap().status(), 200);
        let unpinned = clients.for_host(&url, &[]).await.unwrap();
        assert!(unpinned.post(url).send().await.is_err());
        server.abort();
    }
}
