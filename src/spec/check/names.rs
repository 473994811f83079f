//! What may be a name.

/// Length of a DNS label (RFC 1035, section 2.3.4).
const MAX_LABEL_BYTES: usize = 63;
/// Length of a DNS name as Kubernetes has it (RFC 1123 subdomain).
const MAX_SUBDOMAIN_BYTES: usize = 253;
/// Length of a metric or label name. Prometheus has no limit; the longest in common use have about eighty.
const MAX_METRIC_NAME_BYTES: usize = 200;

/// What [`is_dns_label`] wants, in words.
pub(super) const DNS_LABEL: &str =
    "a name of at most 63 small letters, digits and `-`, which begins and ends with a letter or digit";
/// What [`is_dns_subdomain`] wants, in words.
pub(super) const DNS_SUBDOMAIN: &str = "a name of small letters, digits, `-` and `.`";
/// What [`is_metric_name`] wants, in words.
pub(super) const METRIC_NAME: &str = "a metric name: letters, digits, `_` and `:`, no digit first";
/// What [`is_label_name`] wants, in words.
pub(super) const LABEL_NAME: &str = "a label name: letters, digits and `_`, no digit and no `__` first";

/// Whether `name` is a DNS label in small letters.
pub(super) fn is_dns_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= MAX_LABEL_BYTES
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether `name` is DNS labels with points between.
pub(super) fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= MAX_SUBDOMAIN_BYTES && name.split('.').all(is_dns_label)
}

/// Whether `name` is a metric name of the Prometheus text format.
pub(super) fn is_metric_name(name: &str) -> bool {
    is_identifier(name, |byte| byte == b'_' || byte == b':')
}

/// Whether `name` is a label name that a metric can carry: Prometheus keeps those with two underscores to itself.
pub(super) fn is_label_name(name: &str) -> bool {
    is_identifier(name, |byte| byte == b'_') && !name.starts_with("__")
}

fn is_identifier(name: &str, also: impl Fn(u8) -> bool) -> bool {
    !name.is_empty()
        && name.len() <= MAX_METRIC_NAME_BYTES
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || also(byte))
        && !name.starts_with(|first: char| first.is_ascii_digit())
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

    #[test]
    fn knows_metric_and_label_names() {
        assert!(is_metric_name("job:requests:sum"));
        assert!(is_label_name("response_code"));
        for name in ["", "0x", "a-b", "a b", "__name__", "a:b", "é"] {
            assert!(!is_label_name(name), "{name}");
        }
        assert!(!is_metric_name("http requests"));
    }
}
