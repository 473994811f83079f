//! The HTTP client beneath: kept while the certificates stay as they are, made anew when they change.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity, redirect};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};

use super::file;
use super::request_error::{RequestError, root_cause};
use super::settings::{ClientCertificate, DataSourceSettings, Tls};

/// How long a connection may lie idle. Beyond the longest usual poll interval, and below what servers and proxies between
/// allow: of the usual ones nginx ends them first, after 75 s.
const IDLE_MAX: Duration = Duration::from_secs(45);

const CA_FILE: &str = "caFile";
const CERT_FILE: &str = "certFile";
const KEY_FILE: &str = "keyFile";

/// Gives the client for the next request.
pub(super) struct Connector {
    /// Only where the address is `https`; else nothing of it matters.
    tls: Option<Tls>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    /// Of all files that it was made of.
    digest: [u8; 32],
    client: reqwest::Client,
}

/// What the files hold.
#[derive(Default)]
struct Pems {
    authorities: Option<SecretSlice<u8>>,
    /// The certificate, a line break, and its key.
    identity: Option<SecretSlice<u8>>,
}

impl Connector {
    pub(super) fn new(settings: &DataSourceSettings) -> Self {
        Self {
            tls: (settings.address.scheme() == "https").then(|| settings.tls.clone()),
            kept: Mutex::default(),
        }
    }

    /// A client of the certificates that the files hold now.
    pub(super) async fn client(&self) -> Result<reqwest::Client, RequestError> {
        let pems = match &self.tls {
            Some(tls) => Pems::read(tls).await?,
            None => Pems::default(),
        };
        let digest = pems.digest();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.digest == digest) {
            return Ok(kept.client.clone());
        }
        let client = self.build(&pems)?;
        *kept = Some(Kept {
            digest,
            client: client.clone(),
        });
        Ok(client)
    }

    fn build(&self, pems: &Pems) -> Result<reqwest::Client, RequestError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_idle_timeout(IDLE_MAX);
        let builder = match &self.tls {
            // Without the system's certificates, which need not be there.
            None => builder.tls_certs_only([]),
            Some(tls) => secured(builder, tls, pems)?,
        };
        builder.build().map_err(|error| RequestError::Tls {
            reason: format!("{}; hint: {}", root_cause(&error), pems.doubt()),
        })
    }
}

fn secured(builder: ClientBuilder, tls: &Tls, pems: &Pems) -> Result<ClientBuilder, RequestError> {
    let mut builder = builder.tls_danger_accept_invalid_certs(tls.insecure_skip_verify);
    if let (Some(path), Some(pem)) = (&tls.ca_file, &pems.authorities) {
        let certificates = Certificate::from_pem_bundle(pem.expose_secret())
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| file::unusable(CA_FILE, path, "it holds no certificate in PEM form"))?;
        builder = builder.tls_certs_only(certificates);
    }
    if let (Some(files), Some(pem)) = (&tls.client_certificate, &pems.identity) {
        let identity = Identity::from_pem(pem.expose_secret()).map_err(|_| {
            let reason = format!(
                "it and `{}` do not hold a certificate and a key in PEM form",
                files.key_file.display()
            );
            file::unusable(CERT_FILE, &files.cert_file, reason)
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

impl Pems {
    async fn read(tls: &Tls) -> Result<Self, RequestError> {
        let mut pems = Self::default();
        if let Some(path) = &tls.ca_file {
            pems.authorities = Some(file::pem(CA_FILE, path).await?);
        }
        if let Some(ClientCertificate { cert_file, key_file }) = &tls.client_certificate {
            let certificate = file::pem(CERT_FILE, cert_file).await?;
            let key = file::pem(KEY_FILE, key_file).await?;
            let both = [certificate.expose_secret(), &b"\n"[..], key.expose_secret()].concat();
            pems.identity = Some(SecretSlice::from(both));
        }
        Ok(pems)
    }

    /// What to look at where no client can be made of them.
    const fn doubt(&self) -> &'static str {
        match (&self.authorities, &self.identity) {
            (None, None) => "are the system's CA certificates installed?",
            (Some(_), None) => "does `caFile` hold certificates of authorities?",
            (_, Some(_)) => "does the key in `keyFile` belong to the certificate in `certFile`?",
        }
    }

    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for pem in [&self.authorities, &self.identity] {
            let pem = pem.as_ref().map_or(&[][..], |pem| pem.expose_secret());
            digest.update((pem.len() as u64).to_le_bytes());
            digest.update(pem);
        }
        digest.finalize().into()
    }
}
