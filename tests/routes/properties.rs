//! What nobody thought of: requests made from the API's document, well-formed and not, by schemathesis.

use std::path::Path;
use std::process::Command;

use super::TestApi;
use crate::world::programs::from_pypi;

/// Requests for each operation and kind of input.
const EXAMPLES: &str = "40";

#[tokio::test(flavor = "multi_thread")]
async fn requests_made_from_the_document_find_nothing() {
    const TOKEN: &str = crate::world::marked::constant!("api-token");
    let mut api = TestApi::with(|settings| settings.token = Some(TOKEN.into())).await;
    api.begin().await;
    let url = api.url("/api/v1/openapi.json");
    let found = tokio::task::spawn_blocking(move || {
        // It leaves notes where it runs.
        let scratch = tempfile::tempdir()?;
        let schemathesis = from_pypi("schemathesis", "schemathesis", |tool| {
            Some(tool.join("bin/schemathesis"))
        });
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routes");
        Command::new(schemathesis)
            .current_dir(&scratch)
            .env("SCHEMATHESIS_HOOKS", beside.join("schemathesis_hooks.py"))
            .arg("--config-file")
            .arg(beside.join("schemathesis.toml"))
            .args(["run", &url, "--header", &format!("Authorization: Bearer {TOKEN}")])
            .args(["--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--no-color"])
            // A stream never ends; its own tests read it.
            .args(["--exclude-path", "/api/v1/stream"])
            .output()
    });
    let found = found.await.unwrap().unwrap();
    let output = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success(), "{output}");
}
