//! Generated files are fresh.

use std::path::Path;

use serin::kubernetes::crd;

use super::read;

#[test]
fn the_definitions_in_deploy_are_those_of_this_program() {
    let path = "deploy/crds/crds.yaml";
    let is_fresh = read(Path::new(path)) == crd::yaml();
    assert!(is_fresh, "{path} is stale: cargo run -- generate crd > {path}");
}
