//! What stands in `deploy/` is a configuration that the daemon takes.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serin::config::CanariesFrom;

use super::{TOKEN, World};

/// A file below `deploy/`.
fn shipped(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The variables that an overlay gives the daemon.
fn variables(overlay: &str) -> Vec<(String, String)> {
    let deployment: Value =
        serde_saphyr::from_str(&shipped(&format!("overlays/{overlay}/deployment.yaml"))).unwrap();
    let containers = &deployment["spec"]["template"]["spec"]["containers"];
    let variables = containers[0]["env"].as_array().unwrap().iter();
    let given = variables.map(|variable| {
        // What the field of the pod would say.
        let value = variable["value"].as_str().unwrap_or("serin-0");
        (variable["name"].as_str().unwrap().to_owned(), value.to_owned())
    });
    given.collect()
}

#[test]
fn each_overlay_is_a_sound_configuration() {
    for (overlay, store) in [("standalone", "sqlite:"), ("replicated", "postgres:")] {
        let mut world = World::of(&shipped("base/serin.yaml"))
            .file("/run/secrets/serin-api/token", TOKEN)
            .file(
                "/run/secrets/serin-store/url",
                "postgres://serin:secret@postgres.test/serin",
            );
        world.variables = variables(overlay);
        let config = world.config();
        assert!(
            config.store.url.to_string().starts_with(store),
            "{overlay}: {}",
            config.store.url
        );
        assert_eq!(config.canaries.from, CanariesFrom::Cluster, "{overlay}");
        assert!(config.api.token.is_some(), "{overlay}");
    }
}

#[test]
fn the_component_for_identities_of_the_cluster_lets_them_in() {
    let mut world = World::of(&shipped("base/serin.yaml")).file("/run/secrets/serin-api/token", TOKEN);
    assert!(!world.config().api.kubernetes.enabled);
    world.variables = variables("../components/cluster-identities");
    let kubernetes = world.config().api.kubernetes;
    assert!(kubernetes.enabled);
    assert_eq!(kubernetes.audience, "serin");
}
