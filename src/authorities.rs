//! Authorities of one's own, whom connections trust in place of the system's: certificates in a file.
//!
//! The file has to be usable at the start. After that it is read each time that it is needed, so that a change counts at once, however it
//! came about, and what was unreadable recovers by itself.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, Client};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::file::{self, FileError};

/// What the file should have.
const EXPECTED: &str = "certificates of authorities in PEM form";

/// A file of authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities(PathBuf);

/// Those that the file had at one moment.
pub struct Trusted {
    certificates: Vec<Certificate>,
    digest: [u8; 32],
}

impl Authorities {
    /// Those in the file at `path`.
    ///
    /// # Errors
    /// Where it has none that can be used now.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Trusted::read(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Those that are in the file now.
    ///
    /// # Errors
    /// Where it has none that can be used any more.
    pub async fn now(&self) -> Result<Trusted, FileError> {
        let path = self.0.clone();
        let read = spawn_blocking(move || Trusted::read(&path)).await;
        read.unwrap_or_else(|_| Err(FileError::unfit(&self.0, EXPECTED, "nothing: this process ends")))
    }
}

impl Trusted {
    fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = file::bytes(path, EXPECTED)?;
        let unfit = || FileError::unfit(path, EXPECTED, "something else");
        let certificates = Certificate::from_pem_bundle(&bytes).map_err(|_| unfit())?;
        if certificates.is_empty() {
            return Err(unfit());
        }
        // Whether what stands between the lines is a certificate, only a client says.
        let built = Client::builder().tls_certs_only(certificates.clone()).build();
        built.map_err(|_| unfit())?;
        Ok(Self {
            certificates,
            digest: Sha256::digest(&bytes).into(),
        })
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        self.certificates.clone()
    }

    /// The same as long as the file is.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_at_once_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.crt");
        let refused = || Authorities::read(&path).unwrap_err().to_string();
        assert!(refused().starts_with(&format!("cannot read {}", path.display())));
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["", "no certificate", junk] {
            fs::write(&path, text).unwrap();
            assert!(
                refused().contains("expected certificates of authorities in PEM form"),
                "{text}"
            );
        }
    }
}
