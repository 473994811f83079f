//! The configuration of an installation, for a daemon that is this machine's process.

use std::fs;

use crate::world::home::Home;
use crate::world::marked;
use crate::world::prometheus::Prometheus;

const CONFIGURATION: &str = include_str!("../../deploy/base/serin.yaml");

/// The configuration of the installation, with this Prometheus, and without what a process outside a pod lacks.
pub(super) fn configure(home: &Home, prometheus: &Prometheus, namespace: &str) {
    let token = home.secret_file("prometheus", &marked::secret("token-of-prometheus"));
    let source = format!("{}\n    bearerTokenFile: {}", prometheus.url(), token.display());
    let edits = [
        ("http://prometheus.monitoring:9090", source),
        ("  tokenFile: /run/secrets/serin-api/token\n", String::new()),
        ("0.0.0.0:", "127.0.0.1:".to_owned()),
    ];
    let mut text = CONFIGURATION.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from} in\n{text}");
        text = text.replace(from, &to);
    }
    text.push_str(&format!("kubernetes: {{namespace: {namespace}}}\n"));
    fs::create_dir_all(home.canaries()).unwrap();
    home.configure(&text);
}
