//! The API's certificate and its key: read from files, and again when these change.
//!
//! A new pair that cannot be used leaves the old one, and says so in the log and to whoever asks for health: clients trust the old one
//! for a while yet, and a listener without any would keep everybody from an abort.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::file::{self, FileError};

/// A changed pair is found within this time. Two small files a second are nothing, and whoever changes them wants to see what comes of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What either file should have.
const EXPECTED: &str = "a certificate or a key";

/// Where a certificate and its key are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A certificate and its key, as their files had them when they could be used last.
pub struct Tls {
    files: TlsFiles,
    state: Mutex<State>,
}

struct State {
    pair: Arc<CertifiedKey>,
    /// What the files had when they were looked at last.
    seen: Option<Texts>,
    fault: Option<FileError>,
}

/// What stands in the two files.
#[derive(Clone, PartialEq, Eq)]
struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// The pair in `files`.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn read(files: TlsFiles) -> Result<Arc<Self>, FileError> {
        let texts = Texts::of(&files)?;
        let pair = pair(&files, &texts)?;
        let state = State {
            pair: Arc::new(pair),
            seen: Some(texts),
            fault: None,
        };
        let state = Mutex::new(state);
        Ok(Arc::new(Self { files, state }))
    }

    /// Looks at the files again, now.
    pub fn look(&self) {
        self.take(Texts::of(&self.files));
    }

    /// Looks at the files again and again, until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let looking = Arc::clone(&self);
            // A disk that hangs keeps no thread from its tasks.
            drop(spawn_blocking(move || looking.look()).await);
        }
    }

    /// Whether the files have what is used.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), String> {
        match &self.state().fault {
            None => Ok(()),
            Some(fault) => Err(format!("the certificate before is used: {fault}")),
        }
    }

    /// Makes connections secure, each with the pair of its moment.
    pub(super) fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("aws-lc-rs has what TLS 1.3 takes")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<_>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    fn take(&self, texts: Result<Texts, FileError>) {
        let mut state = self.state();
        let read = match texts {
            Ok(texts) if state.seen.as_ref() == Some(&texts) => return,
            Ok(texts) => {
                let read = pair(&self.files, &texts);
                state.seen = Some(texts);
                read
            }
            Err(error) => {
                state.seen = None;
                Err(error)
            }
        };
        match read {
            Ok(pair) => {
                tracing::info!(file = %self.files.certificate.display(), "the API has a new certificate");
                state.pair = Arc::new(pair);
                state.fault = None;
            }
            Err(fault) => {
                // One line, however often it is looked at.
                if state.fault.as_ref() != Some(&fault) {
                    tracing::warn!(%fault, "the API keeps its certificate: the new one cannot be used");
                }
                state.fault = Some(fault);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.state().pair))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl Texts {
    fn of(files: &TlsFiles) -> Result<Self, FileError> {
        Ok(Self {
            certificate: file::bytes(&files.certificate, EXPECTED)?,
            key: file::bytes(&files.key, EXPECTED)?,
        })
    }
}

fn pair(files: &TlsFiles, texts: &Texts) -> Result<CertifiedKey, FileError> {
    const CHAIN: &str = "certificates in PEM (`-----BEGIN CERTIFICATE-----`)";
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&texts.certificate).collect();
    let chain = chain.map_err(|error| FileError::unfit(&files.certificate, CHAIN, error.to_string()))?;
    if chain.is_empty() {
        return Err(FileError::unfit(&files.certificate, CHAIN, "none"));
    }
    let key = PrivateKeyDer::from_pem_slice(&texts.key);
    let key = key.map_err(|_| {
        let expected = "a private key in PEM (`-----BEGIN PRIVATE KEY-----`)";
        FileError::unfit(&files.key, expected, "none")
    })?;
    CertifiedKey::from_der(chain, key, &provider())
        .map_err(|error| FileError::unfit(&files.key, "the key of the certificate", error.to_string()))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
