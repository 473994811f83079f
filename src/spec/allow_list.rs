//! Where hooks may go: the administrator's list, and the addresses that nobody can list.
//!
//! Whoever may write a Canary could otherwise have Serin post to any address that Serin reaches (server-side request forgery).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The URLs that hooks may go to, by the beginnings that the administrator lists. An empty one allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList(Vec<Url>);

impl AllowList {
    /// The list of these beginnings: scheme, host, port and as much of a path as is given.
    #[must_use]
    pub fn new(beginnings: impl IntoIterator<Item = Url>) -> Self {
        Self(beginnings.into_iter().collect())
    }

    /// Whether nothing is listed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether hooks may go to `url`: same scheme, host and port as an entry, and a path in it, whole segment by whole segment.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        self.0.iter().any(|entry| {
            entry.scheme() == url.scheme()
                && entry.host() == url.host()
                && entry.port_or_known_default() == url.port_or_known_default()
                && is_within(url.path(), entry.path())
        })
    }

    /// What either list allows.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: Vec<String> = self.0.iter().map(|entry| format!("`{entry}`")).collect();
        f.write_str(&entries.join(", "))
    }
}

/// Whether `path` is `around` or below it. A receiver may take an encoded slash for one, and end up elsewhere.
fn is_within(path: &str, around: &str) -> bool {
    let around = around.trim_end_matches('/');
    if around.is_empty() {
        return true;
    }
    let encoded = path.to_ascii_lowercase();
    let is_plain = !encoded.contains("%2f") && !encoded.contains("%5c");
    let rest = path.strip_prefix(around);
    is_plain && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why no hook goes to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// This machine itself.
    #[error("this machine itself (loopback)")]
    Loopback,
    /// The network's own addresses, and with them the metadata servers of most clouds.
    #[error("a link-local address")]
    LinkLocal,
    /// A server that hands a cloud's credentials to whoever is on the machine.
    #[error("a cloud's metadata server")]
    Metadata,
    /// No address of anybody.
    #[error("no address of a server")]
    Nobody,
}

/// Metadata servers that are not link-local: of AWS, Google and DigitalOcean by IPv6, of Alibaba, Oracle and Azure by IPv4.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
];

/// Whether hooks may go to `address`, which somebody's name stands for. An IPv4 address inside an IPv6 one counts as what it is.
///
/// # Errors
/// Where they may not, and why.
pub fn reachable(address: IpAddr) -> Result<(), Unreachable> {
    match address {
        IpAddr::V4(address) => reachable_v4(address),
        IpAddr::V6(address) => reachable_v6(address),
    }
}

/// The same for an address that the administrator listed as such: then this machine itself is meant.
///
/// # Errors
/// As there.
pub fn reachable_as_listed(host: &Host<&str>) -> Result<(), Unreachable> {
    let address = match host {
        Host::Domain(_) => return Ok(()),
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => IpAddr::V6(*address),
    };
    match reachable(address) {
        Err(Unreachable::Loopback) => Ok(()),
        other => other,
    }
}

fn reachable_v4(address: Ipv4Addr) -> Result<(), Unreachable> {
    let [first, ..] = address.octets();
    if address.is_loopback() {
        Err(Unreachable::Loopback)
    } else if address.is_link_local() {
        Err(Unreachable::LinkLocal)
    } else if METADATA_V4.contains(&address) {
        Err(Unreachable::Metadata)
    } else if first == 0 || address.is_multicast() || address.is_broadcast() || first >= 240 {
        Err(Unreachable::Nobody)
    } else {
        Ok(())
    }
}

fn reachable_v6(address: Ipv6Addr) -> Result<(), Unreachable> {
    if address.is_loopback() {
        return Err(Unreachable::Loopback);
    }
    if address.is_unspecified() || address.is_multicast() {
        return Err(Unreachable::Nobody);
    }
    if address.is_unicast_link_local() {
        return Err(Unreachable::LinkLocal);
    }
    if METADATA_V6.contains(&address) {
        return Err(Unreachable::Metadata);
    }
    embedded_v4(address).map_or(Ok(()), reachable_v4)
}

/// The IPv4 address that an IPv6 one leads to: mapped and compatible (RFC 4291), translated (RFC 6052, RFC 8215), 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(last(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => {
            Some(last(high, low))
        }
        [0x2002, high, low, ..] => Some(last(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn list(entries: &[&str]) -> AllowList {
        AllowList::new(entries.iter().map(|entry| url(entry)))
    }

    #[test]
    fn an_entry_allows_its_scheme_host_port_and_path() {
        let list = list(&["https://gate.example.com/hooks", "http://tester.test:8080/"]);
        for allowed in [
            "https://gate.example.com/hooks",
            "https://gate.example.com:443/hooks/a?b=c",
            "https://GATE.example.com/x/../hooks/a",
            "http://tester.test:8080/anything",
        ] {
            assert!(list.allows(&url(allowed)), "{allowed}");
        }
        for refused in [
            "http://gate.example.com/hooks",
            "https://gate.example.com:8443/hooks",
            "https://gate.example.com/hooksmith",
            "https://gate.example.com/hooks/../admin",
            "https://gate.example.com/hooks/%2e%2e/admin",
            "https://gate.example.com/hooks/..%2fadmin",
            "https://gate.example.com.evil.test/hooks",
            "https://gate.example.com@evil.test/hooks",
            "http://tester.test/",
        ] {
            assert!(!list.allows(&url(refused)), "{refused}");
        }
        assert!(!AllowList::default().allows(&url("https://gate.example.com/hooks")));
    }

    #[test]
    fn nobody_can_list_a_metadata_server_in_whatever_way_it_is_written() {
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "[::ffff:169.254.169.254]",
            "[::169.254.169.254]",
            "[64:ff9b::169.254.169.254]",
            "[2002:a9fe:a9fe::1]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "0.0.0.0",
            "0",
            "[::]",
            "224.0.0.1",
            "255.255.255.255",
            "[ff02::1]",
        ] {
            let url = url(&format!("http://{host}/"));
            let refused = reachable_as_listed(&url.host().unwrap());
            assert!(refused.is_err(), "{host}");
        }
    }

    #[test]
    fn this_machine_is_reached_by_an_address_that_is_listed_and_by_no_name() {
        for host in ["127.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
            let url = url(&format!("http://{host}/"));
            assert_eq!(reachable_as_listed(&url.host().unwrap()), Ok(()), "{host}");
        }
        for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(
                reachable(address.parse().unwrap()),
                Err(Unreachable::Loopback),
                "{address}"
            );
        }
    }

    #[test]
    fn servers_of_the_cluster_and_of_the_world_are_reached() {
        for address in [
            "10.0.0.1",
            "192.168.1.1",
            "93.184.216.34",
            "fd12::1",
            "2606:4700::1111",
        ] {
            assert_eq!(reachable(address.parse().unwrap()), Ok(()), "{address}");
        }
    }
}
