//! Values that may stand in a file of their own: secrets, and addresses that hold one.

use std::path::PathBuf;

use secrecy::SecretString;

use super::field::Field;
use super::scalar::{Scalar, Unfit};
use super::source::Source;
use super::values::{Values, path_of};

/// What may stand in such a file. Tokens and keys have some hundreds of bytes; the rest is room for a long URL.
const MAX_BYTES: usize = 8 << 10;
/// A token or key: a random one of 32 bytes has as much strength as SHA-256 can use (RFC 2104, section 3).
const MIN_SECRET_BYTES: usize = 32;

/// What [`secret`] wants, in words.
pub(super) const SECRET: &str = "a secret of at least 32 characters: letters, digits and `-._~+/=`, such as `openssl rand -base64 33` makes";

/// The value that stands in `direct`, or in the file that `file` names, or else the default if there is one. Of two layers the later
/// counts; in one layer both together are refused.
pub(super) fn direct_or_file<T>(
    direct: &Field<T>,
    file: &Field<PathBuf>,
    name: &str,
    values: &mut Values<'_>,
) -> Option<T> {
    let file_counts = file_counts(direct, file, name, values);
    let stands_here = match direct.entry.default() {
        Some(_) => Some(values.value(direct, name)),
        None => values.optional(direct, name),
    };
    let Some(path) = values.optional(file, name).filter(|_| file_counts) else {
        return stands_here;
    };
    let source = values.source(&file.entry, name).unwrap_or(Source::Default);
    let (field, path) = (path_of(&file.entry, name), source.resolve(&path));
    let scalar = match values.text(&path, MAX_BYTES) {
        Ok(scalar) => scalar,
        Err(error) => {
            values.refuse(&field, &source, file.entry.expected, error.found(&path), None);
            return stands_here;
        }
    };
    match (direct.read)(&scalar) {
        Ok(value) => {
            values.set(direct, name, Some(&value), &source);
            Some(value)
        }
        Err(unfit) => {
            let expected = format!("a file that holds {}", direct.entry.expected);
            let found = unfit
                .found
                .unwrap_or_else(|| "something else, which is not shown".to_owned());
            let found = format!("in `{}` {found}", path.display());
            values.refuse(&field, &source, expected, found, unfit.hint);
            stands_here
        }
    }
}

/// Whether the file is not overruled by a later layer that has the value itself.
fn file_counts<T>(direct: &Field<T>, file: &Field<PathBuf>, name: &str, values: &mut Values<'_>) -> bool {
    let sources = values
        .source(&direct.entry, name)
        .zip(values.source(&file.entry, name));
    let Some((direct_source, file_source)) = sources else {
        return true;
    };
    if direct_source.layer() == file_source.layer() {
        let (direct_path, file_path) = (path_of(&direct.entry, name), path_of(&file.entry, name));
        values.refuse(
            &direct_path,
            &direct_source,
            format!("either `{direct_path}` or `{file_path}`"),
            format!("both: the one from {direct_source}, the other from {file_source}"),
            "leave one of them out".to_owned(),
        );
    }
    file_source.layer() >= direct_source.layer()
}

/// Reads a secret.
pub(super) fn secret(scalar: &Scalar) -> Result<SecretString, Unfit> {
    if !scalar.is_private() {
        return Err(Unfit::in_the_open());
    }
    let text = scalar.text.as_str();
    if text.is_empty() {
        return Err(Unfit::found("nothing"));
    }
    if text.trim() != text {
        return Err(Unfit::found("one with white space around it"));
    }
    // What a bearer token may be (RFC 6750, section 2.1).
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if !text.bytes().all(fits) {
        return Err(Unfit::found("one with other characters"));
    }
    if text.len() < MIN_SECRET_BYTES {
        return Err(Unfit::found(format!("one of {}, which is not shown", text.len())));
    }
    Ok(SecretString::from(text))
}
