//! `serin check` of a configuration, and `serin generate`, as programs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serin::config::example;
use tempfile::TempDir;

use super::TOKEN;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs `serin` in `folder`: exit code, stdout, stderr.
fn serin(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env_remove("SERIN_CONFIG")
        .env_remove("SERIN_ENV")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn a_good_configuration_is_described_with_where_each_value_came_from() {
    let folder = folder(&[
        (
            "serin.yaml",
            "api: {address: '0.0.0.0:8080'}\nlog: {level: info}\n",
        ),
        ("serin.production.yaml", "log: {level: warn, format: json}\n"),
    ]);
    let variables = [("SERIN_ENV", "production"), ("SERIN_API_TOKEN", TOKEN)];
    let (code, stdout, stderr) = serin(folder.path(), &variables, &["check", "serin.yaml"]);
    assert_eq!(
        stdout,
        "configuration serin.yaml:\n  \
         api.address = 0.0.0.0:8080, from serin.yaml:1\n  \
         api.token = (not shown), from SERIN_API_TOKEN\n  \
         log.level = warn, from serin.production.yaml:1\n  \
         log.format = json, from serin.production.yaml:1\n  \
         the rest at its default\n"
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_broken_configuration_is_an_error() {
    let folder = folder(&[("serin.yaml", "api:\n  adress: 127.0.0.1:8080\n")]);
    let (code, stdout, stderr) = serin(folder.path(), &[], &["check", "serin.yaml"]);
    assert_eq!(
        stderr,
        "error: serin.yaml:2: api.adress: expected a field that Serin knows, found `adress`\n  \
         hint: did you mean `address`?\n"
    );
    assert_eq!((code, stdout.as_str()), (1, ""));
}

#[test]
fn a_configuration_of_another_name_is_named() {
    let folder = folder(&[("mine.yaml", "log: {level: warn}\n")]);
    let (code, stdout, stderr) = serin(folder.path(), &[], &["check", "--config", "mine.yaml"]);
    assert_eq!(
        stdout,
        "configuration mine.yaml:\n  log.level = warn, from mine.yaml:1\n  the rest at its default\n"
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (code, _, stderr) = serin(folder.path(), &[], &["check", "--config", "absent.yaml"]);
    assert_eq!(
        stderr,
        "error: --config: expected a configuration file, found `absent.yaml`, which is not there\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn an_overlay_is_checked_upon_its_configuration() {
    let folder = folder(&[
        ("serin.yaml", "log: {level: info}\n"),
        ("serin.staging.yaml", "log: {format: xml}\n"),
        ("serin.production.yaml", "log: {format: json}\n"),
    ]);
    let (code, stdout, stderr) = serin(folder.path(), &[], &["check", "."]);
    assert_eq!(
        stderr,
        "error: ./serin.staging.yaml:1: log.format: expected one of `text`, `json`, found `xml`\n"
    );
    assert!(
        stdout.contains("configuration ./serin.yaml with ./serin.production.yaml:\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("configuration ./serin.yaml:\n  log.level = info"),
        "{stdout}"
    );
    assert_eq!(code, 1);
}

#[test]
fn what_is_wrong_in_the_configuration_is_told_once() {
    let folder = folder(&[
        ("serin.yaml", "log: {level: loud}\n"),
        ("serin.staging.yaml", ""),
        ("serin.production.yaml", ""),
    ]);
    let (_, _, stderr) = serin(folder.path(), &[], &["check", "."]);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn as_json_every_setting_is_there_and_no_secret() {
    let folder = folder(&[("serin.yaml", "log: {level: warn}\n")]);
    let arguments = ["check", "serin.yaml", "--output", "json"];
    let (code, stdout, _) = serin(folder.path(), &[("SERIN_API_TOKEN", TOKEN)], &arguments);
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let settings = object["configurations"][0]["settings"].as_array().unwrap();
    let setting = |field: &str| settings.iter().find(|setting| setting["field"] == field).unwrap();
    assert_eq!(
        *setting("log.level"),
        serde_json::json!({
            "field": "log.level",
            "value": "warn",
            "hidden": false,
            "source": {"layer": "file", "name": "serin.yaml", "line": 1},
        })
    );
    assert_eq!(setting("api.token")["hidden"], true);
    assert_eq!(setting("api.token")["source"]["layer"], "variable");
    assert_eq!(setting("log.format")["source"]["layer"], "default");
    assert!(!stdout.contains(TOKEN));
    assert_eq!(code, 0);
}

#[test]
fn the_example_can_be_written_and_checked() {
    let folder = folder(&[]);
    let (code, stdout, stderr) = serin(folder.path(), &[], &["generate", "config"]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (0, example().as_str(), "")
    );
    fs::write(folder.path().join("serin.yaml"), stdout).unwrap();
    let (code, _, stderr) = serin(folder.path(), &[], &["check", "serin.yaml"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn the_fields_can_be_had_as_json() {
    let folder = folder(&[]);
    let (_, stdout, _) = serin(folder.path(), &[], &["generate", "config", "--output", "json"]);
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        object["fields"][1],
        serde_json::json!({
            "field": "canaries.path",
            "variable": "SERIN_CANARIES_PATH",
            "flag": "--canaries",
            "default": "canaries",
            "expected": "the path of a folder",
            "about": "Folder of the files with Canaries and AnalysisTemplates, where they are files. It is watched.",
        })
    );
}

#[test]
fn completions_know_the_commands() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, stderr) = serin(folder.path(), &[], &["generate", "completions", shell]);
        assert!(stdout.contains("generate") && stdout.contains("check"), "{shell}");
        assert_eq!((code, stderr.as_str()), (0, ""), "{shell}");
    }
    let (code, stdout, _) = serin(folder.path(), &[], &["generate", "completions", "cmd"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
}

#[test]
fn an_audit_says_where_it_had_no_file_to_look_at() {
    let without = folder(&[]);
    let (code, _, stderr) = serin(without.path(), &[], &["audit"]);
    assert_eq!(code, 0);
    assert!(stderr.contains("the defaults were looked at"), "{stderr}");
    let with = folder(&[("serin.yaml", "log: {level: info}\n")]);
    let (_, _, stderr) = serin(with.path(), &[], &["audit"]);
    assert_eq!(stderr, "");
}

#[test]
fn a_configuration_of_another_name_is_told_how_it_is_checked() {
    let folder = folder(&[("grave.yaml", "api: {address: '127.0.0.1:8080'}\n")]);
    let (code, _, stderr) = serin(folder.path(), &[], &["check", "grave.yaml"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("serin check --config FILE"), "{stderr}");
}
