//! Which addresses a host's name stands for, and which of them hooks may go to.

use std::io;
use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use tokio::net::lookup_host;
use url::{Host, Url};

use crate::spec::allow_list::{reachable, reachable_as_listed};

/// Addresses of one name that are tried; a name with more stands for a whole network.
const ADDRESSES_MAX: usize = 16;

/// Says which addresses a name stands for.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of `host`.
    ///
    /// # Errors
    /// Where it has none, or nobody can say.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Looks names up as everything on this machine does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(lookup_host((host, 0))
            .await?
            .map(|address| address.ip())
            .collect())
    }
}

/// The host of one call, and what it stands for once that was looked up.
pub(super) struct Name<'u> {
    url: &'u Url,
    addresses: Option<Vec<SocketAddr>>,
}

/// Why there is nothing to connect to.
pub(super) enum NotFound {
    /// Nobody may go there.
    NotAllowed(String),
    /// It may be there later.
    Unknown(String),
}

impl<'u> Name<'u> {
    pub(super) const fn new(url: &'u Url) -> Self {
        Self { url, addresses: None }
    }

    /// The addresses to connect to, in order; those of the first answer for the rest of the call. None for a host that is an address itself.
    pub(super) async fn addresses(&mut self, lookup: &dyn Lookup) -> Result<&[SocketAddr], NotFound> {
        if self.addresses.is_none() {
            self.addresses = Some(self.look_up(lookup).await?);
        }
        Ok(self.addresses.as_deref().unwrap_or_default())
    }

    async fn look_up(&self, lookup: &dyn Lookup) -> Result<Vec<SocketAddr>, NotFound> {
        let host = match self.url.host() {
            Some(Host::Domain(host)) => host,
            Some(address) => {
                let refused =
                    |why| NotFound::NotAllowed(format!("hooks do not go to {address}: it is {why}"));
                return reachable_as_listed(&address)
                    .map(|()| Vec::new())
                    .map_err(refused);
            }
            None => return Err(NotFound::NotAllowed("the address has no host".to_owned())),
        };
        let unknown = |error| NotFound::Unknown(format!("{host} was not found: {error}"));
        let found = lookup.lookup(host).await.map_err(unknown)?;
        let mut allowed: Vec<SocketAddr> = Vec::new();
        let mut refused = None;
        for address in found.into_iter().take(ADDRESSES_MAX) {
            match reachable(address) {
                Ok(()) => allowed.push(SocketAddr::new(address, 0)),
                Err(why) => refused = Some((address, why)),
            }
        }
        match (allowed.is_empty(), refused) {
            (false, _) => {
                allowed.sort_unstable();
                allowed.dedup();
                Ok(allowed)
            }
            (true, Some((address, why))) => Err(NotFound::NotAllowed(format!(
                "hooks do not go to {host}: its address {address} is {why}"
            ))),
            (true, None) => Err(NotFound::Unknown(format!("{host} has no address"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both;

    #[async_trait]
    impl Lookup for Both {
        async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            let addresses = ["169.254.169.254", "10.0.0.2", "::1", "10.0.0.1"];
            Ok(addresses.map(|address| address.parse().unwrap()).to_vec())
        }
    }

    #[tokio::test]
    async fn of_several_addresses_those_of_others_servers_are_left() {
        let url = Url::parse("http://gate.test/").unwrap();
        let mut name = Name::new(&url);
        let Ok(addresses) = name.addresses(&Both).await else {
            panic!("two of them are servers of others");
        };
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["10.0.0.1:0", "10.0.0.2:0"]);
    }
}
