//! `serin check` as a program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::world::canary::{TEMPLATES, document_with};

/// The route that the Canaries here move.
const ROUTES: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - route:
    - {destination: {host: shop, subset: stable}, weight: 95}
    - {destination: {host: shop, subset: canary}, weight: 5}
";

/// A folder with the templates, the route, and `canary.yaml`.
fn folder(canary: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("templates.yml"), TEMPLATES).unwrap();
    fs::write(folder.path().join("routes.yaml"), ROUTES).unwrap();
    fs::write(folder.path().join("canary.yaml"), canary).unwrap();
    folder
}

/// Runs `serin` in `folder`: exit code, stdout, stderr.
pub(super) fn serin(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn a_good_canary_is_described_on_stdout() {
    let fields = "steps: [{weight: 5}, {weight: 25, hold: 5m, minRequests: 2000}, {weight: 100, approval: true}]
analysis:
  metrics:
  - {template: success-rate, margin: {relative: 50%, absolute: 0.5%}, threshold: {min: 99%}}
  - {template: latency, margin: {relative: 20%, absolute: 5ms}, threshold: {max: 500ms, strict: true}, onFail: hold}";
    let folder = folder(&document_with(fields));
    let (code, stdout, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert_eq!(
        stdout,
        "default/shop: 5% → 25% (for 5m, 2000 requests) → 100% (once approved), bakes 10m; \
         success-rate: errors up to 1.5 × baseline + 0.5%, never above 1%; \
         latency p95: up to 20% or 5ms slower, never above 500ms even when the baseline breaks it (else holds); \
         moves VirtualService default/shop in routes.yaml\n  \
           looks every 10s; without proof after 1h: holds; tells nobody (spec.notify names no channel)\n  \
           without data it holds, and then: canarySilent aborts after 2m, baselineSilent holds on and tells people after 15m, \
         noTraffic holds on and tells people after 15m, stale holds on and tells people after 15m, \
         sourceDown holds on and tells people after 15m\n"
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn problems_go_to_stderr_and_the_exit_code_is_1() {
    let folder = folder(&document_with("mode: observ"));
    let (code, stdout, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert_eq!(
        stderr,
        "error: canary.yaml:5: spec.mode: expected one of `control`, `observe`, found `observ`\n  \
         hint: did you mean `observe`?\n"
    );
    assert_eq!(code, 1);
    assert!(!stdout.contains("default/shop"), "{stdout}");
}

#[test]
fn as_json_everything_is_one_object_on_stdout() {
    let folder = folder(&document_with("mode: observe"));
    fs::write(
        folder.path().join("bad.yaml"),
        "apiVersion: serin.dev/v1alpha1\nkind: Kanary\n",
    )
    .unwrap();
    let (code, stdout, stderr) = serin(folder.path(), &["check", ".", "--output", "json"]);
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["canaries"][0]["file"], "./canary.yaml");
    assert_eq!(object["canaries"][0]["canary"]["mode"], "observe");
    assert_eq!(
        object["templates"],
        serde_json::json!(["success-rate", "latency"])
    );
    assert_eq!(
        object["problems"],
        serde_json::json!([{
            "file": "./bad.yaml",
            "line": 2,
            "field": "kind",
            "expected": "one of `Canary`, `AnalysisTemplate`",
            "found": "`Kanary`",
            "hint": "did you mean `Canary`?",
        }])
    );
    // The manifest in this folder is not Serin's, and no stranger either: the Canary moves it.
    assert_eq!(object["notes"], serde_json::json!([]));
    assert_eq!((code, stderr.as_str()), (1, ""));
}

#[test]
fn a_route_that_cannot_be_moved_is_a_problem() {
    let folder = folder(&document_with(""));
    fs::write(
        folder.path().join("routes.yaml"),
        ROUTES.replace("weight: 95", "weight: 90"),
    )
    .unwrap();
    let (code, stdout, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert!(
        stderr
            .starts_with("error: canary.yaml: spec.traffic.file.route: expected spec.http[0]: route: weights that sum to 100 (in routes.yaml), found"),
        "{stderr}"
    );
    assert!(stderr.contains("found stable 90 and canary 5"), "{stderr}");
    assert!(!stdout.contains("default/shop"), "{stdout}");
    assert_eq!(code, 1);
}

#[test]
fn a_margin_that_endpoints_cannot_prove_is_a_problem() {
    let fields =
        "analysis: {metrics: [{template: success-rate, margin: {relative: 1%}}, {template: latency}]}";
    let folder = folder(&document_with(fields));
    let (code, stdout, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert!(
        stderr.starts_with(
            "error: canary.yaml: spec.analysis.metrics[0].margin: expected a relative margin of at least 15 % (error rate)"
        ),
        "{stderr}"
    );
    assert!(!stdout.contains("default/shop"), "{stdout}");
    assert_eq!(code, 1);
}

#[test]
fn a_plan_without_a_comparison_is_noted() {
    let folder = folder(&document_with("steps: [{weight: 100}]"));
    let (code, _, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert!(
        stderr.contains("no baseline is ever beside its canary"),
        "{stderr}"
    );
    assert_eq!(code, 0);
}

#[test]
fn a_route_of_the_users_own_to_the_canary_is_noted() {
    let folder = folder(&document_with(""));
    let testers = "  http:
  - match: [{headers: {x-tester: {exact: \"true\"}}}]
    route: [{destination: {host: shop, subset: canary}}]
";
    fs::write(
        folder.path().join("routes.yaml"),
        ROUTES.replace("  http:\n", testers),
    )
    .unwrap();
    let (code, _, stderr) = serin(folder.path(), &["check", "canary.yaml", "templates.yml"]);
    assert!(
        stderr.contains("another route of shop also reaches the canary"),
        "{stderr}"
    );
    assert_eq!(code, 0);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let folder = folder("");
    fs::write(folder.path().join("latin.yaml"), b"name: caf\xe9").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let (code, stdout, stderr) = serin(folder.path(), &["check", "absent.yaml", "latin.yaml", "empty"]);
    assert_eq!(
        stderr,
        "error: empty: expected a `*.yaml` or `*.yml` file in this folder, found none\n\
         error: absent.yaml: expected a file that can be read, found No such file or directory (os error 2)\n\
         error: latin.yaml: expected UTF-8 text, found something else at byte 9\n"
    );
    assert_eq!((code, stdout.as_str()), (1, ""));
}

#[test]
fn files_without_anything_of_serins_are_a_problem() {
    let folder = folder("apiVersion: v1\nkind: Service\n");
    let (code, stdout, stderr) = serin(folder.path(), &["check", "canary.yaml"]);
    assert_eq!(
        stderr,
        "note: canary.yaml:1: passed over: Service of v1 is not Serin's\n\
         error: canary.yaml: expected a Canary, an AnalysisTemplate or a configuration, found none\n  \
         hint: a document of Serin's begins with `apiVersion: serin.dev/v1alpha1`\n"
    );
    assert_eq!((code, stdout.as_str()), (1, ""));
}

#[test]
fn templates_alone_can_be_checked() {
    let folder = folder("");
    let (code, stdout, stderr) = serin(folder.path(), &["check", "templates.yml"]);
    assert_eq!(
        stdout,
        "AnalysisTemplate success-rate is well formed\nAnalysisTemplate latency is well formed\n"
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn wrong_usage_exits_2_and_says_so_on_stderr() {
    let folder = folder("");
    for arguments in [
        vec![],
        vec!["check"],
        vec!["chekc", "."],
        vec!["check", ".", "--output", "xml"],
    ] {
        let (code, stdout, stderr) = serin(folder.path(), &arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains("--help"), "{arguments:?}: {stderr}");
    }
}
