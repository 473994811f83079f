//! What a server says of a request, without the secrets that came with the request: some repeat what they were sent, and what they say is
//! told to people and kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// What stands in place of a secret.
const HIDDEN: &str = "(not shown)";

/// What is shorter is a tenant's name or the like, and may be a part of many words.
const SECRET_BYTES_MIN: usize = 8;

/// The secrets of one request.
pub(super) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Those in its headers: the values that are sensitive, with a scheme before them and without it, and what they are of in base64.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.values().filter(|value| value.is_sensitive());
        let mut secrets: Vec<SecretString> = values.flat_map(forms).collect();
        secrets.retain(|secret| secret.expose_secret().len() >= SECRET_BYTES_MIN);
        Self(secrets)
    }

    /// `said` without them.
    pub(super) fn hidden_in(&self, said: &[u8]) -> Vec<u8> {
        let mut text = String::from_utf8_lossy(said).into_owned();
        for secret in &self.0 {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), HIDDEN);
            }
        }
        text.into_bytes()
    }
}

/// Of `Basic c2VyaW46c2VzYW1l`, which is the longest: `c2VyaW46c2VzYW1l` and `sesame`.
fn forms(value: &HeaderValue) -> Vec<SecretString> {
    let Ok(text) = value.to_str() else {
        return Vec::new();
    };
    let credentials = text.split_once(' ').map_or(text, |(_, credentials)| credentials);
    let decoded = STANDARD.decode(credentials).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.and_then(|pair| Some(pair.split_once(':')?.1.to_owned()));
    let mut forms = vec![text.into(), credentials.into()];
    forms.extend(password.map(SecretString::from));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str, answer: &str) -> String {
        let mut value = HeaderValue::from_str(value).unwrap();
        value.set_sensitive(true);
        let headers = HeaderMap::from_iter([("authorization".parse().unwrap(), value)]);
        String::from_utf8(Secrets::of(&headers).hidden_in(answer.as_bytes())).unwrap()
    }

    #[test]
    fn what_was_sent_is_taken_out_of_the_answer_in_each_form() {
        let pair = STANDARD.encode("serin:open sesame");
        let basic = format!("Basic {pair}");
        assert_eq!(
            said(&basic, &format!("not with {basic}!")),
            "not with (not shown)!"
        );
        assert_eq!(said(&basic, &format!("no {pair}")), "no (not shown)");
        assert_eq!(said(&basic, "not by `open sesame`"), "not by `(not shown)`");
        assert_eq!(said("Bearer 0123456789", "0123456789?"), "(not shown)?");
        assert_eq!(said("a-tenant-of-mine", "no a-tenant-of-mine"), "no (not shown)");
    }

    #[test]
    fn short_values_and_everything_else_are_left() {
        assert_eq!(said("shop", "there is no shop"), "there is no shop");
        assert_eq!(said("Bearer 0123456789", "query timed out"), "query timed out");
    }
}
