//! A daemon with a certificate and tokens.

use std::fs;

use super::daemon::{Daemon, run, until};
use crate::world::certificates::Certificates;
use crate::world::home::Home;
use crate::world::marked;

/// An operator's, whose hash is put in, and one that has expired.
const TOKENS: &str = "
api:
  tokens:
    ci: {role: operator, sha256: \"SHA256\", expires: \"2100-01-01T00:00:00Z\"}
    old: {role: admin, sha256: \"0000000000000000000000000000000000000000000000000000000000000000\", expires: \"2000-01-01T00:00:00Z\"}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_answers_by_tls_whoever_has_a_token_and_says_when_its_files_are_broken() {
    let home = Home::new("shop/checkout").open();
    fs::create_dir_all(home.canaries()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::write(folder.path());
    let secret = marked::secret("ci");
    let sha256: [u8; 32] =
        sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), &secret)).into();
    let digits: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    home.configure(&TOKENS.replace("SHA256", &digits));
    let [certificate, key] = [&certificates.server.certificate, &certificates.server.key];
    let (certificate, key_path) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let flags = ["--api-tls-certificate", certificate, "--api-tls-key", key_path];
    let daemon = Daemon::start_with(&home, &flags).await;
    let port = daemon.api.strip_prefix("https://127.0.0.1:").expect("by TLS");

    let (authority, token) = (
        certificates.authority.to_str().unwrap(),
        folder.path().join("token"),
    );
    fs::write(&token, secret).unwrap();
    let server = format!("https://localhost:{port}");
    let list = ["list", "--server", &server, "--ca-file", authority];
    let (code, _, stderr) = run(
        &home,
        &[&list[..], &["--token-file", token.to_str().unwrap()]].concat(),
    )
    .await;
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = run(&home, &list).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("--token-file"), "{stderr}");
    let log = home.log_text();
    assert!(log.contains("has expired") && log.contains("old"), "{log}");

    let good = fs::read(key).unwrap();
    for (bytes, word, said) in [(&b"broken"[..], "error", "server.key"), (&good, "ok", "")] {
        fs::write(key, bytes).unwrap();
        until(&format!("the certificate: {word}"), async || {
            let (_, stdout, _) = run(&home, &["health", "--server", &daemon.health]).await;
            let line = stdout.lines().find(|line| line.contains("certificate"))?;
            (line.contains(word) && line.contains(said)).then_some(())
        })
        .await;
    }
}
