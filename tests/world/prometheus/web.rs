//! How a Prometheus talks with its clients: TLS, certificates, a password.

use std::fs;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Identity};
use serde_json::json;

use crate::world::certificates::Certificates;
use crate::world::patience::PATIENCE;

/// Who may ask where basic authentication is on.
pub(crate) const USER: &str = "serin";

/// The password of [`USER`].
pub(crate) const PASSWORD: &str = "a password of tests";

/// [`PASSWORD`] as the server's file has it: bcrypt, at its least cost.
const PASSWORD_HASH: &str = "$2b$04$ugnwrc4Y/tSz/Tr8JU.iCOlB7f18.XNlwltzz.bXYW7KgfOl5OQj2";

/// What is asked of clients.
#[derive(Default)]
pub(super) struct Web {
    pub(super) tls: bool,
    pub(super) asks_for_certificates: bool,
    pub(super) asks_for_a_password: bool,
}

impl Web {
    pub(super) const fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The certificates for TLS, which the server reads again at every connection.
    pub(super) fn certificates(&self, folder: &Path) -> Option<Certificates> {
        self.tls.then(|| Certificates::write(folder))
    }

    /// The file for `--web.config.file`, if one is needed.
    pub(super) fn file(&self, folder: &Path, certificates: Option<&Certificates>) -> Option<PathBuf> {
        let mut web = json!({});
        if let Some(certificates) = certificates {
            let server = &certificates.server;
            web["tls_server_config"] = json!({"cert_file": server.certificate, "key_file": server.key});
            if self.asks_for_certificates {
                web["tls_server_config"]["client_auth_type"] = json!("RequireAndVerifyClientCert");
                web["tls_server_config"]["client_ca_file"] = json!(certificates.authority);
            }
        }
        if self.asks_for_a_password {
            web["basic_auth_users"] = json!({USER: PASSWORD_HASH});
        }
        if web == json!({}) {
            return None;
        }
        let file = folder.join("web.json");
        fs::write(&file, web.to_string()).unwrap();
        Some(file)
    }

    /// A client that has what is asked.
    pub(super) fn client(&self, certificates: Option<&Certificates>) -> Client {
        let mut client = Client::builder().no_proxy().timeout(PATIENCE);
        if let Some(certificates) = certificates {
            let authority = fs::read(&certificates.authority).unwrap();
            client = client.tls_certs_only([Certificate::from_pem(&authority).unwrap()]);
            let own = &certificates.client;
            let pem = fs::read_to_string(&own.certificate).unwrap() + &fs::read_to_string(&own.key).unwrap();
            client = client.identity(Identity::from_pem(pem.as_bytes()).unwrap());
        }
        if self.asks_for_a_password {
            let who = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
            let header = HeaderValue::try_from(format!("Basic {who}")).unwrap();
            client = client.default_headers(HeaderMap::from_iter([(AUTHORIZATION, header)]));
        }
        client.build().unwrap()
    }
}
