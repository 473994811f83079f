//! `api.tokens`.

use std::process::Command;

use serde_json::Value;
use serin::config::ApiRole;

use super::World;

const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn written(role: &str, sha256: &str, expires: &str) -> World {
    World::of(&format!(
        "api:\n  address: 0.0.0.0:8080\n  tokens:\n    ci:\n      role: {role}\n      sha256: {sha256}\n      expires: {expires}\n"
    ))
}

#[test]
fn a_token_has_a_name_a_role_a_hash_and_an_end_and_opens_the_api_beyond_loopback() {
    let world = written("operator", SHA256, "2027-01-31T12:00:00Z");
    let tokens = world.config().api.tokens;
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        (tokens[0].name.as_str(), tokens[0].role),
        ("ci", ApiRole::Operator)
    );
    assert_eq!(tokens[0].expires.to_string(), "2027-01-31T12:00:00Z");
    assert_eq!(
        world.setting("api.tokens.ci.sha256"),
        "api.tokens.ci.sha256 = 2c26b46b…, from serin.yaml:6"
    );
}

#[test]
fn a_later_layer_changes_a_part_of_a_token() {
    let world =
        written("operator", SHA256, "2027-01-31T12:00:00Z").variable("SERIN_API_TOKENS_CI_ROLE", "viewer");
    assert_eq!(world.config().api.tokens[0].role, ApiRole::Viewer);
}

#[test]
fn two_tokens_are_not_the_same_one() {
    let world = written("operator", SHA256, "2027-01-31T12:00:00Z")
        .variable("SERIN_API_TOKENS_OPS_ROLE", "admin")
        .variable("SERIN_API_TOKENS_OPS_SHA256", SHA256)
        .variable("SERIN_API_TOKENS_OPS_EXPIRES", "2027-01-31T12:00:00Z");
    assert!(world.told().contains("found that of `ci`"), "{}", world.told());
}

#[test]
fn what_is_generated_is_taken_and_its_hash_is_the_tokens() {
    let made = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args([
            "generate",
            "token",
            "ci",
            "--role",
            "admin",
            "--lifetime",
            "1h",
            "--output",
            "json",
        ])
        .output()
        .unwrap();
    let mut made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let token = made["token"].as_str().unwrap().to_owned();
    made.as_object_mut().unwrap().remove("token");
    let config = World::of(&made.to_string()).config();
    let hash: [u8; 32] =
        sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), &token)).into();
    assert_eq!(config.api.tokens[0].sha256.0, hash);
    assert_eq!(config.api.tokens[0].role, ApiRole::Admin);
}

#[test]
fn for_people_the_token_goes_to_stdout_and_its_lines_to_stderr() {
    let made = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args(["generate", "token", "ci", "--role", "viewer"])
        .output()
        .unwrap();
    let token = String::from_utf8(made.stdout).unwrap();
    assert!(
        token.starts_with("serin_") && token.trim_end().len() == 49,
        "{token}"
    );
    let lines = String::from_utf8(made.stderr).unwrap();
    assert!(!lines.contains(token.trim_end()));
    assert_eq!(World::of(&lines).config().api.tokens[0].role, ApiRole::Viewer);
}
