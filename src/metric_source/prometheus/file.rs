//! Reads the files that a data source names, each time they are needed: so a change counts at once, however it came about
//! (Kubernetes exchanges a link two folders above), and what was unreadable recovers by itself.

use std::io;
use std::path::Path;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;

use super::request_error::RequestError;

/// Length of a file with a token or a password: some hundred bytes, and room for a token with many claims.
const SECRET_BYTES_MAX: usize = 64 << 10;

/// Length of a file with certificates or a key. All authorities that browsers trust are some 200 KiB.
const PEM_BYTES_MAX: usize = 1 << 20;

/// The secret in the file that `field` names, without white space around it.
pub(super) async fn secret(field: &'static str, path: &Path) -> Result<SecretString, RequestError> {
    let bytes = bytes(field, path, SECRET_BYTES_MAX).await?;
    let text = std::str::from_utf8(bytes.expose_secret())
        .map_err(|_| unusable(field, path, "it is not UTF-8 text"))?
        .trim();
    if text.is_empty() {
        return Err(unusable(field, path, "it is empty"));
    }
    Ok(SecretString::from(text))
}

/// The certificates or the key in the file that `field` names.
pub(super) async fn pem(field: &'static str, path: &Path) -> Result<SecretSlice<u8>, RequestError> {
    bytes(field, path, PEM_BYTES_MAX).await
}

/// `text`, made of what stands in a file, as the value of a header that is shown nowhere.
pub(super) fn header(
    field: &'static str,
    path: &Path,
    text: &SecretString,
) -> Result<HeaderValue, RequestError> {
    let mut value = HeaderValue::from_str(text.expose_secret())
        .map_err(|_| unusable(field, path, "it has characters that cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The file that `field` names cannot be used, and why.
pub(super) fn unusable(field: &'static str, path: &Path, reason: impl Into<String>) -> RequestError {
    RequestError::File {
        field,
        path: path.to_owned(),
        reason: reason.into(),
    }
}

async fn bytes(field: &'static str, path: &Path, max: usize) -> Result<SecretSlice<u8>, RequestError> {
    let unreadable = |error: io::Error| unusable(field, path, error.to_string());
    // What is no file may have no end, or may wait for somebody to write.
    let metadata = fs::metadata(path).await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unusable(field, path, "it is no file"));
    }
    let file = File::open(path).await.map_err(unreadable)?;
    // One byte more than it may have is enough to see that it has too many.
    let room = usize::try_from(metadata.len()).unwrap_or(max).min(max) + 1;
    let mut bytes = Vec::with_capacity(room);
    let read = file.take(max as u64 + 1).read_to_end(&mut bytes).await;
    let bytes = SecretSlice::from(bytes);
    read.map_err(unreadable)?;
    if bytes.expose_secret().len() > max {
        return Err(unusable(field, path, format!("it has more than {max} bytes")));
    }
    Ok(bytes)
}
