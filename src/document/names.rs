//! What may be the name of a thing: DNS labels, as Kubernetes has them.

/// Length of a DNS label (RFC 1035, section 2.3.4).
pub(crate) const MAX_LABEL_BYTES: usize = 63;
/// Length of a DNS name as Kubernetes has it (RFC 1123 subdomain).
pub(crate) const MAX_SUBDOMAIN_BYTES: usize = 253;

/// What [`is_dns_label`] wants, in words.
pub(crate) const DNS_LABEL: &str =
    "a name of at most 63 small letters, digits and `-`, which begins and ends with a letter or digit";
/// What [`is_dns_subdomain`] wants, in words.
pub(crate) const DNS_SUBDOMAIN: &str = "a name of small letters, digits, `-` and `.`";

/// Whether `name` is a DNS label in small letters.
pub(crate) fn is_dns_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= MAX_LABEL_BYTES
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether `name` is DNS labels with points between.
pub(crate) fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= MAX_SUBDOMAIN_BYTES && name.split('.').all(is_dns_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_dns_label() {
        for name in ["a", "checkout-2", "2nd"] {
            assert!(is_dns_label(name), "{name}");
        }
        for name in ["", "-a", "a-", "Checkout", "a.b", "a_b", "ä", &"a".repeat(64)] {
            assert!(!is_dns_label(name), "{name}");
        }
        assert!(is_dns_subdomain("a.b"));
        assert!(!is_dns_subdomain("a..b"));
    }
}
