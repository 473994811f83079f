//! Headers that are added to a request, as lines of text.

use std::fmt;

use secrecy::SecretString;

use crate::config::scalar::{Form, Scalar, Unfit};
use crate::document::shown;

/// Headers on a request. A tenant needs one, a gateway some.
const MAX_HEADERS: usize = 20;
/// Length of a line; what servers take of a head is 8 KiB together.
const MAX_LINE_BYTES: usize = 2_000;

/// Those that a request has anyway, or that change what it is.
const TAKEN: [&str; 14] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "cookie",
];

/// Headers, each with its value. Shows only their names: a value may be a key.
#[derive(Debug, Clone, Default)]
pub struct HeaderLines(pub Vec<(String, SecretString)>);

impl fmt::Display for HeaderLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

/// Reads headers, one on each line.
pub(super) fn header_lines(scalar: &Scalar) -> Result<HeaderLines, Unfit> {
    if scalar.form == Form::YamlOther {
        return Err(Unfit::default());
    }
    let mut headers: Vec<(String, SecretString)> = Vec::new();
    for line in scalar.text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = header(line)?;
        if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(Unfit::found(format!("`{}` twice", shown(name))));
        }
        headers.push((name.to_owned(), SecretString::from(value)));
    }
    match headers.len() {
        0 => Err(Unfit::found("none")),
        1..=MAX_HEADERS => Ok(HeaderLines(headers)),
        count => Err(Unfit::found(format!("{count}; at most {MAX_HEADERS} are sent"))),
    }
}

fn header(line: &str) -> Result<(&str, &str), Unfit> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Unfit::found(format!(
            "a line of more than {MAX_LINE_BYTES} bytes"
        )));
    }
    let (name, value) = line.split_once(':').ok_or_else(Unfit::default)?;
    let (name, value) = (name.trim(), value.trim());
    // RFC 9110: a token (5.6.2), and a value (5.5) without what is obsolete in it.
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let in_value = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if name.is_empty() || !name.bytes().all(in_token) {
        return Err(Unfit::found("a line without a header's name before its `:`"));
    }
    if value.is_empty() || !value.bytes().all(in_value) {
        let found = format!("`{}` with a value that is empty or not plain ASCII", shown(name));
        return Err(Unfit::found(found));
    }
    let small = name.to_ascii_lowercase();
    if matches!(&*small, "authorization" | "proxy-authorization") {
        return Err(Unfit {
            found: Some(format!("`{name}`")),
            ..Unfit::hint("write `bearerTokenFile`, or `username` and `passwordFile`")
        });
    }
    if TAKEN.contains(&&*small) {
        return Err(Unfit::found(format!(
            "`{name}`, which Serin sets itself or cannot send"
        )));
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(text: &str) -> Result<HeaderLines, Unfit> {
        let text = text.to_owned();
        header_lines(&Scalar {
            text,
            form: Form::YamlText,
        })
    }

    #[test]
    fn each_line_is_a_header() {
        let headers = read("X-Scope-OrgID: team-a\n\n  X-Key:hunter2: 3 \n").unwrap();
        assert_eq!(headers.to_string(), "X-Scope-OrgID, X-Key");
        assert_eq!(headers.0[1].1.expose_secret(), "hunter2: 3");
        assert!(!format!("{headers:?}").contains("hunter2"));
    }

    #[test]
    fn refuses_what_is_no_header_and_shows_no_value() {
        let many: String = (0..=MAX_HEADERS).map(|n| format!("X-{n}: hunter2\n")).collect();
        for text in [
            "",
            "hunter2",
            ": hunter2",
            "X Y: hunter2",
            "X-Key:",
            "X-Key: hunter2\u{1}",
            "X-Key: hunter2ä",
            "X-Key: hunter2\nx-key: hunter2",
            "Authorization: Bearer hunter2",
            "Host: hunter2",
            "X-Key: a\r\rhunter2",
            &many,
            &format!("X-Key: hunter2{}", "a".repeat(MAX_LINE_BYTES)),
        ] {
            let unfit = read(text).unwrap_err();
            assert!(!format!("{unfit:?}").contains("hunter2"), "{unfit:?}");
        }
    }
}
