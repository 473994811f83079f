//! Signatures by which a receiver knows whose a webhook is, and that it is fresh and whole: the symmetric scheme `v1` of Standard
//! Webhooks 1.0, HMAC-SHA256 (RFC 2104) over `id.timestamp.body`. Serin's own are signed so, and those that come in may be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// The shortest key that is taken: what Standard Webhooks asks for.
pub const SIGNING_KEY_BYTES_MIN: usize = 24;

/// Before a signature: the scheme. Others are of schemes that are not known here.
const SCHEME: &str = "v1,";

/// Before a key in base64.
const PREFIX: &str = "whsec_";

/// A secret that Serin shares with a receiver, or with a sender. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct SigningKey(SecretSlice<u8>);

/// Why a text is no signing key. The text itself is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// What follows the prefix is not base64.
    #[error("a signing key: expected base64 after `{PREFIX}`, found something else")]
    NotBase64,
    /// Too few bytes to be safe.
    #[error(
        "a signing key: expected at least {SIGNING_KEY_BYTES_MIN} bytes, found {found}; hint: `openssl rand -base64 32`"
    )]
    TooShort {
        /// Number of bytes.
        found: usize,
    },
}

impl SigningKey {
    /// Reads `whsec_` and base64, as Standard Webhooks writes keys; any other text is the key itself, byte for byte.
    ///
    /// # Errors
    /// Where the base64 is none, or the key is shorter than [`SIGNING_KEY_BYTES_MIN`].
    pub fn parse(text: &SecretString) -> Result<Self, SigningKeyError> {
        let text = text.expose_secret();
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| SigningKeyError::NotBase64)?,
            None => text.as_bytes().to_vec(),
        };
        let key = SecretSlice::from(bytes);
        match key.expose_secret().len() {
            found if found < SIGNING_KEY_BYTES_MIN => Err(SigningKeyError::TooShort { found }),
            _ => Ok(Self(key)),
        }
    }

    /// The signature of a message of this id, sent at this time in seconds since the Unix epoch.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp_seconds: u64, body: &[u8]) -> String {
        let mac = self.mac(id, timestamp_seconds, body).finalize();
        format!("{SCHEME}{}", STANDARD.encode(mac.into_bytes()))
    }

    /// Whether one of `signatures`, which spaces part, is of that message: one for each key that the sender has while it changes them.
    /// Takes a time that does not depend on where a wrong one differs.
    #[must_use]
    pub fn verifies(&self, signatures: &str, id: &str, timestamp_seconds: u64, body: &[u8]) -> bool {
        let mac = self.mac(id, timestamp_seconds, body);
        signatures.split(' ').any(|signature| {
            let encoded = signature.strip_prefix(SCHEME);
            let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
            bytes.is_some_and(|bytes| mac.clone().verify_slice(&bytes).is_ok())
        })
    }

    fn mac(&self, id: &str, timestamp_seconds: u64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .expect("HMAC takes a key of any length: RFC 2104");
        mac.update(format!("{id}.{timestamp_seconds}.").as_bytes());
        mac.update(body);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the documents of Standard Webhooks.
    #[test]
    fn signs_as_the_published_example() {
        let key = SigningKey::parse(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()).unwrap();
        let signature = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_the_message_that_was_signed_verifies() {
        let key = SigningKey::parse(&"0123456789abcdef0123456789abcdef".into()).unwrap();
        let other = SigningKey::parse(&"0123456789abcdef0123456789abcdeg".into()).unwrap();
        let signature = key.sign("id", 1, b"{}");
        assert!(key.verifies(&signature, "id", 1, b"{}"));
        assert!(key.verifies(
            &format!("v1a,eA== {} {signature}", other.sign("id", 1, b"{}")),
            "id",
            1,
            b"{}"
        ));
        for (signatures, id, timestamp, body) in [
            (&signature, "ie", 1, &b"{}"[..]),
            (&signature, "id", 2, b"{}"),
            (&signature, "id", 1, b"{} "),
            (&other.sign("id", 1, b"{}"), "id", 1, b"{}"),
            (&signature.replace("v1,", "v2,"), "id", 1, b"{}"),
            (&signature.replace("v1,", ""), "id", 1, b"{}"),
            (&signature[..20].to_owned(), "id", 1, b"{}"),
            (&"v1,".to_owned(), "id", 1, b"{}"),
            (&String::new(), "id", 1, b"{}"),
        ] {
            assert!(
                !key.verifies(signatures, id, timestamp, body),
                "{signatures} {id} {timestamp}"
            );
        }
    }

    #[test]
    fn a_key_without_the_prefix_is_taken_as_it_is() {
        let plain = SigningKey::parse(&"0123456789abcdef0123456789abcdef".into()).unwrap();
        let encoded =
            SigningKey::parse(&"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into()).unwrap();
        assert_eq!(plain.sign("id", 1, b"body"), encoded.sign("id", 1, b"body"));
    }

    #[test]
    fn a_short_or_broken_key_is_refused_and_not_repeated() {
        let refusal = |text: &str| SigningKey::parse(&text.into()).unwrap_err().to_string();
        assert_eq!(
            refusal("hunter2"),
            "a signing key: expected at least 24 bytes, found 7; hint: `openssl rand -base64 32`"
        );
        assert_eq!(
            refusal("whsec_hunter2!"),
            "a signing key: expected base64 after `whsec_`, found something else"
        );
    }
}
