//! The variables that Kubernetes puts into every container for the Services of its namespace.
//!
//! A Service named `serin` or `serin-api` makes variables that begin with `SERIN_`; nobody wrote them, so they are no mistakes.
//! The names and values are those of Docker's container links, and of `…_SERVICE_HOST` and `…_SERVICE_PORT`.

/// Whether a variable is one of those.
pub(super) fn is_service_link(name: &str, value: Option<&str>) -> bool {
    let is_url = value.is_some_and(|value| {
        ["tcp://", "udp://", "sctp://"]
            .iter()
            .any(|scheme| value.starts_with(scheme))
    });
    let of_the_service =
        name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_");
    of_the_service || (name.ends_with("_PORT") && is_url) || of_a_port(name)
}

/// `…_PORT_8080_TCP`, perhaps with `_PROTO`, `_PORT` or `_ADDR`.
fn of_a_port(name: &str) -> bool {
    let name = ["_PROTO", "_PORT", "_ADDR"]
        .iter()
        .find_map(|part| name.strip_suffix(part))
        .unwrap_or(name);
    let Some(name) = ["_TCP", "_UDP", "_SCTP"]
        .iter()
        .find_map(|protocol| name.strip_suffix(protocol))
    else {
        return false;
    };
    let before = name.trim_end_matches(|character: char| character.is_ascii_digit());
    before.len() < name.len() && before.ends_with("_PORT_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_kubernetes_sets() {
        for (name, value) in [
            ("SERIN_SERVICE_HOST", "10.0.0.1"),
            ("SERIN_SERVICE_PORT", "8080"),
            ("SERIN_SERVICE_PORT_HTTP", "8080"),
            ("SERIN_PORT", "tcp://10.0.0.1:8080"),
            ("SERIN_API_PORT", "tcp://10.0.0.1:8080"),
            ("SERIN_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("SERIN_PORT_8080_TCP_PROTO", "tcp"),
            ("SERIN_PORT_8080_TCP_PORT", "8080"),
            ("SERIN_API_PORT_8080_UDP_ADDR", "10.0.0.1"),
        ] {
            assert!(is_service_link(name, Some(value)), "{name}");
        }
    }

    #[test]
    fn a_users_mistake_is_none_of_them() {
        for name in [
            "SERIN_API_PORT",
            "SERIN_PORT",
            "SERIN_API_ADDRESS",
            "SERIN_PORT__TCP",
        ] {
            assert!(!is_service_link(name, Some("8080")), "{name}");
        }
    }
}
