//! What may be a name.

/// Length of a metric or label name. Prometheus has no limit; the longest in common use have about eighty.
const MAX_METRIC_NAME_BYTES: usize = 200;

/// What [`is_metric_name`] wants, in words.
pub(super) const METRIC_NAME: &str = "a metric name: letters, digits, `_` and `:`, no digit first";
/// What [`is_label_name`] wants, in words.
pub(super) const LABEL_NAME: &str = "a label name: letters, digits and `_`, no digit and no `__` first";

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
    fn knows_metric_and_label_names() {
        assert!(is_metric_name("job:requests:sum"));
        assert!(is_label_name("response_code"));
        for name in ["", "0x", "a-b", "a b", "__name__", "a:b", "é"] {
            assert!(!is_label_name(name), "{name}");
        }
        assert!(!is_metric_name("http requests"));
    }
}
