//! The API by TLS.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, Client};
use serin::api::{Tls, TlsFiles};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::TestApi;
use crate::world::certificates::Certificates;

const PATH: &str = "/api/v1/canaries";

/// An API with a certificate of an authority of its own.
struct Secure {
    api: TestApi,
    tls: Arc<Tls>,
    certificates: Certificates,
    folder: TempDir,
}

impl Secure {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Certificates::write(folder.path());
        let tls = Tls::read(TlsFiles {
            certificate: certificates.server.certificate.clone(),
            key: certificates.server.key.clone(),
        });
        let tls = tls.unwrap();
        let api = TestApi::with(|settings| {
            settings.tls = Some(Arc::clone(&tls));
            settings.header_timeout = Duration::from_millis(500);
        });
        Self {
            api: api.await,
            tls,
            certificates,
            folder,
        }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.api.address.port())
    }

    /// The status that a new client gets which trusts the authority of this moment; nothing where it trusts the server not.
    async fn status(&self, authority: &[u8]) -> Option<u16> {
        let authority = Certificate::from_pem(authority).unwrap();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([authority])
            .build()
            .unwrap();
        let answer = client.get(format!("{}{PATH}", self.url())).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    fn authority(&self) -> Vec<u8> {
        fs::read(&self.certificates.authority).unwrap()
    }
}

#[tokio::test]
async fn it_answers_those_who_trust_its_authority_and_by_tls_alone() {
    let secure = Secure::start().await;
    assert_eq!(secure.status(&secure.authority()).await, Some(200));
    let elsewhere = tempfile::tempdir().unwrap();
    let other = fs::read(Certificates::write(elsewhere.path()).authority).unwrap();
    assert_eq!(secure.status(&other).await, None);
    let plain = Client::new().get(secure.api.url(PATH)).send().await;
    assert!(plain.is_err(), "{plain:?}");
}

#[tokio::test]
async fn a_new_pair_is_used_without_a_restart() {
    let secure = Secure::start().await;
    let old = secure.authority();
    Certificates::write(secure.folder.path());
    // Nobody has looked yet.
    assert_eq!(secure.status(&old).await, Some(200));
    secure.tls.look();
    assert_eq!(secure.tls.check(), Ok(()));
    assert_eq!(secure.status(&secure.authority()).await, Some(200));
    assert_eq!(secure.status(&old).await, None);
}

#[tokio::test]
async fn a_pair_that_cannot_be_used_leaves_the_one_before_and_health_says_so() {
    let secure = Secure::start().await;
    let (old, server) = (secure.authority(), secure.certificates.server.clone());
    let [certificate, key] = [&server.certificate, &server.key].map(|file| fs::read(file).unwrap());
    let client_key = fs::read(&secure.certificates.client.key).unwrap();
    // Not there, empty, no PEM, and that of another certificate.
    for broken in [None, Some(&b""[..]), Some(b"-----BEGIN"), Some(&client_key)] {
        match broken {
            Some(bytes) => fs::write(&server.key, bytes).unwrap(),
            None => fs::remove_file(&server.key).unwrap(),
        }
        secure.tls.look();
        let fault = secure.tls.check().unwrap_err();
        assert!(fault.starts_with("the certificate before is used: "), "{fault}");
        assert!(fault.contains("server.key"), "{fault}");
        assert_eq!(secure.status(&old).await, Some(200), "{broken:?}");
    }
    fs::write(&server.key, &key).unwrap();
    fs::write(&server.certificate, "none").unwrap();
    secure.tls.look();
    assert!(secure.tls.check().unwrap_err().contains("server.pem"));
    fs::write(&server.certificate, &certificate).unwrap();
    secure.tls.look();
    assert_eq!(secure.tls.check(), Ok(()));
    assert_eq!(secure.status(&old).await, Some(200));
}

#[tokio::test]
async fn who_does_not_shake_hands_is_cut_off() {
    let secure = Secure::start().await;
    let mut silent = TcpStream::connect(secure.api.address).await.unwrap();
    let mut answer = Vec::new();
    assert_eq!(silent.read_to_end(&mut answer).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_trusts_whom_it_is_told_to() {
    let secure = Secure::start().await;
    let list = |arguments: Vec<String>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
        command.args(["list", "--server", &secure.url()]).args(arguments);
        command.env_remove("SERIN_API_TOKEN").env("NO_PROXY", "localhost");
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let authority = secure.certificates.authority.display().to_string();
    let listed = list(vec!["--ca-file".to_owned(), authority]).await.unwrap();
    let told = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{told}");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("shop/checkout"));
    let refused = list(Vec::new()).await.unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let key = secure.certificates.server.key.display().to_string();
    let refused = list(vec!["--ca-file".to_owned(), key]).await.unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("--ca-file: expected certificates in PEM"), "{told}");
}
