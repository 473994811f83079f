//! Where a listener listens: an IP address and a port.

use std::net::SocketAddr;

use url::Host;

use super::scalar::{Scalar, Unfit};

/// Reads an address and a port. Names are not resolved: what a name means may change between the check and the start.
pub(super) fn address(scalar: &Scalar) -> Result<SocketAddr, Unfit> {
    scalar
        .text
        .parse()
        .map_err(|_| hint(&scalar.text).map_or_else(Unfit::default, Unfit::hint))
}

/// Whether only this machine reaches `address`.
#[must_use]
pub fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Whether `host`, as a URL has it, is this machine by its address or by the one name that always is.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        Ok(Host::Domain(domain)) => domain == "localhost",
        Err(_) => false,
    }
}

/// Whether two listeners could not have both: the same port, on one interface or on all of them.
pub(super) fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let shared = one_ip == other_ip || one_ip.is_unspecified() || other_ip.is_unspecified();
    // A listener on port 0 takes a free one.
    one.port() != 0 && one.port() == other.port() && shared
}

fn hint(text: &str) -> Option<String> {
    if text.contains("://") {
        return Some("an address and a port, without `http://` or a path".to_owned());
    }
    let port = |port: &str| port.parse::<u16>().is_ok();
    if port(text) {
        return Some(format!("write `127.0.0.1:{text}`"));
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse() {
        return Some(format!("add the port, as in `{}`", SocketAddr::new(ip, 8080)));
    }
    let (host, after) = text.rsplit_once(':')?;
    if !port(after) {
        return None;
    }
    match host {
        "" | "*" => Some(format!(
            "write `0.0.0.0:{after}` for all interfaces, or `127.0.0.1:{after}` for this machine only"
        )),
        "localhost" => Some(format!("write `127.0.0.1:{after}`")),
        _ => Some("names are not resolved here; write the IP address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn knows_what_only_this_machine_reaches() {
        for near in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(is_loopback(at(near)), "{near}");
        }
        for far in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
            assert!(!is_loopback(at(far)), "{far}");
        }
    }

    #[test]
    fn knows_which_listeners_collide() {
        assert!(collide(at("127.0.0.1:80"), at("127.0.0.1:80")));
        assert!(collide(at("127.0.0.1:80"), at("0.0.0.0:80")));
        assert!(!collide(at("127.0.0.1:80"), at("127.0.0.2:80")));
        assert!(!collide(at("127.0.0.1:80"), at("127.0.0.1:81")));
        assert!(!collide(at("127.0.0.1:0"), at("127.0.0.1:0")));
    }
}
