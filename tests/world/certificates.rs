//! A certificate authority of a test's own, and what it signed for a server on this machine and for its clients.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};

use super::marked;

/// The files, PEM all of them.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    /// What clients and servers trust.
    pub(crate) authority: PathBuf,
    /// `localhost` and `127.0.0.1`.
    pub(crate) server: Signed,
    /// A client.
    pub(crate) client: Signed,
}

/// A certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    /// Makes new ones in `folder`, in place of those that may be there.
    pub(crate) fn write(folder: &Path) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let sign = |name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            let mut parameters = CertificateParams::new(hosts).unwrap();
            parameters.extended_key_usages = vec![usage];
            let key = KeyPair::generate().unwrap();
            let certificate = parameters.signed_by(&key, &authority).unwrap();
            Signed {
                certificate: write(folder, &format!("{name}.pem"), &certificate.pem()),
                key: write_key(folder, &format!("{name}.key"), &key.serialize_pem()),
            }
        };
        Self {
            server: sign(
                "server",
                &["localhost", "127.0.0.1"],
                ExtendedKeyUsagePurpose::ServerAuth,
            ),
            client: sign("client", &["client"], ExtendedKeyUsagePurpose::ClientAuth),
            authority: write(folder, "authority.pem", &authority.pem()),
        }
    }
}

fn write_key(folder: &Path, name: &str, pem: &str) -> PathBuf {
    marked::also_key(pem);
    write(folder, name, pem)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}
