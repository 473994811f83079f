//! Addresses of endpoints: `http://host[:port][/path]`.

use std::net::Ipv6Addr;

/// Length of an address; the usual limit of servers and proxies for a whole request line is four times that.
pub(in crate::spec) const MAX_ENDPOINT_BYTES: usize = 2_000;

/// An address that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAnEndpoint {
    pub(super) expected: &'static str,
    pub(super) hint: Option<&'static str>,
}

const EXPECTED: &str = "an address such as `http://127.0.0.1:8081`";

/// The same text for each way to write one address: host in small letters, port always, no `/` at the end.
pub(super) fn normalised(endpoint: &str) -> Result<String, NotAnEndpoint> {
    let refuse = |hint| NotAnEndpoint {
        expected: EXPECTED,
        hint,
    };
    if endpoint.starts_with("https://") {
        return Err(refuse(Some("this version reads endpoints over plain http")));
    }
    let Some(rest) = endpoint.strip_prefix("http://") else {
        return Err(refuse(Some("it begins with `http://`")));
    };
    let printable = rest.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || rest.contains(['?', '#', '"', '<', '>', '\\']) || endpoint.len() > MAX_ENDPOINT_BYTES {
        return Err(refuse(Some(
            "a host, perhaps a port and a path, and nothing else",
        )));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err(refuse(Some("credentials do not belong here")));
    }
    let (host, port) = host_and_port(authority).ok_or_else(|| refuse(None))?;
    Ok(format!(
        "http://{}:{port}/{}",
        host.to_lowercase(),
        path.trim_end_matches('/')
    ))
}

fn host_and_port(authority: &str) -> Option<(&str, u16)> {
    let (host, port) = match authority.rsplit_once(']') {
        Some((bracketed, behind)) => {
            let address = bracketed.strip_prefix('[')?;
            address.parse::<Ipv6Addr>().ok()?;
            let port = if behind.is_empty() {
                None
            } else {
                Some(behind.strip_prefix(':')?)
            };
            (address, port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    let port = match port {
        None => 80,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    (port > 0).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_text() {
        for endpoint in ["http://Shop", "http://shop:80", "http://shop/", "http://shop:80/"] {
            assert_eq!(normalised(endpoint).unwrap(), "http://shop:80/", "{endpoint}");
        }
        assert_ne!(normalised("http://shop/a"), normalised("http://shop/b"));
        assert!(normalised("http://[::1]:8081").is_ok());
    }

    #[test]
    fn refuses_what_is_no_address() {
        for endpoint in [
            "",
            "shop:8080",
            "http://",
            "http://:80",
            "http://shop:",
            "http://shop:0",
            "http://shop:65536",
            "http://shop:+80",
            "http://a b",
            "http://a\nb",
            "http://shop?x",
            "http://[::1",
            "http://[zz]",
            "http://[::1]x",
            "http://a:1:2",
            "ftp://shop",
        ] {
            assert!(normalised(endpoint).is_err(), "{endpoint}");
        }
        assert_eq!(
            normalised("https://shop").unwrap_err().hint,
            Some("this version reads endpoints over plain http")
        );
        assert_eq!(
            normalised("http://me:secret@shop").unwrap_err().hint,
            Some("credentials do not belong here")
        );
    }
}
