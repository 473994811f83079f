//! The keys that tokens are signed with, each with the one algorithm that it is for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

use crate::file::{self, FileError};
use crate::spec::Timestamp;

/// What a file should have.
const EXPECTED: &str = "keys";

/// Keys of a set: those of an issuer's clients, and the old ones for a while.
const KEYS_MAX: usize = 100;

/// A file is looked at again after this time, when somebody asks.
const LOOKED_AT_FOR: Duration = Duration::from_secs(10);

/// What tokens are signed with.
#[derive(Debug, Clone)]
pub enum JwtKey {
    /// A secret that the signer has as well (HS256).
    Secret(SecretString),
    /// A file with the signer's public key in PEM: RSA (RS256), P-256 (ES256), P-384 (ES384) or Ed25519 (EdDSA).
    PublicKey(PathBuf),
    /// A file with the signer's public keys as a JSON Web Key Set (RFC 7517). It is read again when it changes.
    KeySet(PathBuf),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret is empty.
    #[error("expected a secret, found none")]
    NoSecret,
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A key.
#[derive(Clone)]
pub(super) struct Key {
    /// What tokens name it by; a key that stands alone has none.
    pub(super) id: Option<String>,
    /// What it is for.
    pub(super) algorithm: Algorithm,
    /// The key itself.
    pub(super) decoding: DecodingKey,
}

/// The keys, as their file has them now.
pub(super) struct Keys {
    file: Option<PathBuf>,
    read: Mutex<Loaded>,
}

struct Loaded {
    keys: Arc<[Key]>,
    text: String,
    looked_at: Option<Timestamp>,
}

impl Keys {
    pub(super) fn new(key: &JwtKey) -> Result<Self, KeyError> {
        let alone = |algorithm, decoding| {
            vec![Key {
                id: None,
                algorithm,
                decoding,
            }]
        };
        let (file, text, keys) = match key {
            JwtKey::Secret(secret) => {
                let secret = secret.expose_secret().as_bytes();
                let decoding = DecodingKey::from_secret(secret).map_err(|_| KeyError::NoSecret)?;
                (None, String::new(), alone(Algorithm::HS256, decoding))
            }
            JwtKey::PublicKey(path) => {
                let (algorithm, decoding) = public_key(path, &file::text(path, EXPECTED)?)?;
                (None, String::new(), alone(algorithm, decoding))
            }
            JwtKey::KeySet(path) => {
                let text = file::text(path, EXPECTED)?;
                let keys = key_set(path, &text)?;
                (Some(path.clone()), text, keys)
            }
        };
        let read = Loaded {
            keys: keys.into(),
            text,
            looked_at: None,
        };
        Ok(Self {
            file,
            read: Mutex::new(read),
        })
    }

    /// The keys; where their file has others by now, those. One that is broken leaves them as they were.
    pub(super) async fn now(&self, now: Timestamp) -> Arc<[Key]> {
        if let Some(path) = self.file.as_ref().filter(|_| self.is_due(now)) {
            let path = path.clone();
            let read = spawn_blocking(move || file::text(&path, EXPECTED)).await;
            if let (Ok(read), Some(path)) = (read, &self.file) {
                self.take(path, read);
            }
        }
        Arc::clone(&self.loaded().keys)
    }

    /// Whether the file is to be looked at; whoever asks first does.
    fn is_due(&self, now: Timestamp) -> bool {
        let mut read = self.loaded();
        let is_due = read.looked_at.is_none_or(|at| now.since(at) >= LOOKED_AT_FOR);
        if is_due {
            read.looked_at = Some(now);
        }
        is_due
    }

    fn take(&self, path: &Path, text: Result<String, FileError>) {
        let mut read = self.loaded();
        let keys = match text {
            Ok(text) if text == read.text => return,
            Ok(text) => {
                let keys = key_set(path, &text);
                read.text = text;
                keys
            }
            Err(error) => Err(error),
        };
        match keys {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), file = %path.display(), "the keys of JSON Web Tokens changed");
                read.keys = keys.into();
            }
            Err(error) => tracing::warn!(%error, "the keys of JSON Web Tokens stay as they were"),
        }
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, Loaded> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A public key in PEM, with what it is for: that stands at its beginning (RFC 5280, section 4.1.2.7).
fn public_key(path: &Path, text: &str) -> Result<(Algorithm, DecodingKey), FileError> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    /// A sequence in a sequence, and a name of an algorithm and of a curve.
    const BEGINNING_BYTES: usize = 32;
    const PEM: &str = "`-----BEGIN PUBLIC KEY-----`, with an RSA, P-256, P-384 or Ed25519 key";
    let unfit = |found: &str| FileError::unfit(path, PEM, found);
    let body = text
        .split_once("-----BEGIN PUBLIC KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END PUBLIC KEY-----"));
    let (body, _) = body.ok_or_else(|| unfit("none"))?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| unfit("what is no base64"))?;
    let beginning = &der[..der.len().min(BEGINNING_BYTES)];
    let names = |id: &[u8]| beginning.windows(id.len()).any(|window| window == id);
    let pem = text.as_bytes();
    let read = if names(RSA) {
        DecodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key))
    } else if names(P256) {
        DecodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key))
    } else if names(P384) {
        DecodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES384, key))
    } else if names(ED25519) {
        DecodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key))
    } else {
        return Err(unfit("another kind of key"));
    };
    read.map_err(|error| unfit(&error.to_string()))
}

/// The keys of a set that are for signatures.
fn key_set(path: &Path, text: &str) -> Result<Vec<Key>, FileError> {
    const SET: &str =
        "a JSON Web Key Set with public RSA, P-256, P-384 or Ed25519 keys for signatures, each with a `kid`";
    let unfit = |found: String| FileError::unfit(path, SET, found);
    let set: JwkSet = serde_json::from_str(text).map_err(|error| unfit(error.to_string()))?;
    let is_for_signatures =
        |jwk: &&Jwk| matches!(&jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let of_set = || set.keys.iter().filter(is_for_signatures);
    match of_set().count() {
        0 => return Err(unfit("none".to_owned())),
        count if count > KEYS_MAX => return Err(unfit(format!("{count}; at most {KEYS_MAX} are taken"))),
        _ => {}
    }
    let key = |jwk: &Jwk| -> Result<Key, FileError> {
        let id = jwk
            .common
            .key_id
            .clone()
            .ok_or_else(|| unfit("one without a `kid`".to_owned()))?;
        let algorithm =
            algorithm(jwk).ok_or_else(|| unfit(format!("`{id}`, which is for another algorithm")))?;
        let decoding = DecodingKey::from_jwk(jwk).map_err(|error| unfit(format!("`{id}`: {error}")))?;
        let id = Some(id);
        Ok(Key {
            id,
            algorithm,
            decoding,
        })
    };
    of_set().map(key).collect()
}

/// The one algorithm that a key is for: the one that it names, or else the usual one of its kind.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let named = jwk.common.key_algorithm;
    match (&jwk.algorithm, named) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Some(Algorithm::RS256),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS384)) => Some(Algorithm::RS384),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS512)) => Some(Algorithm::RS512),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Some(Algorithm::PS256),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS384)) => Some(Algorithm::PS384),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS512)) => Some(Algorithm::PS512),
        (AlgorithmParameters::EllipticCurve(key), None | Some(KeyAlgorithm::ES256))
            if key.curve == EllipticCurve::P256 =>
        {
            Some(Algorithm::ES256)
        }
        (AlgorithmParameters::EllipticCurve(key), None | Some(KeyAlgorithm::ES384))
            if key.curve == EllipticCurve::P384 =>
        {
            Some(Algorithm::ES384)
        }
        (AlgorithmParameters::OctetKeyPair(key), None | Some(KeyAlgorithm::EdDSA))
            if key.curve == EllipticCurve::Ed25519 =>
        {
            Some(Algorithm::EdDSA)
        }
        // A secret has no place in a file of public keys.
        _ => None,
    }
}
