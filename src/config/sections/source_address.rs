//! Where the API of a data source is.

use url::Url;

use crate::config::scalar::{Scalar, Unfit};
use crate::document::shown;

/// Reads where the API of a data source is: everything before `/api/v1`.
pub(super) fn source_address(scalar: &Scalar) -> Result<Url, Unfit> {
    let text = scalar.text.as_str();
    // A mistake in an address with a password in it does not show the password.
    let found = match text {
        "" => "an empty text".to_owned(),
        _ if text.contains('@') => "one that may hold credentials, which is not shown".to_owned(),
        _ => format!("`{}`", shown(text)),
    };
    let unfit = |hint: Option<&str>| Unfit {
        hint: hint.map(str::to_owned),
        ..Unfit::found(found.clone())
    };
    let begins = "it begins with `https://` or `http://`";
    let url = Url::parse(text).map_err(|_| unfit((!text.contains("://")).then_some(begins)))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unfit(Some(begins)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unfit(Some(
            "write `username` and `passwordFile` in place of them",
        )));
    }
    if url.query().is_some() || url.fragment().is_some() || text.trim() != text {
        return Err(unfit(Some("an address has no `?`, no `#` and no white space")));
    }
    if url.path().contains("/api/v1") {
        return Err(unfit(Some("leave out `/api/v1` and what follows")));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::scalar::Form;

    fn read(text: &str) -> Result<Url, Unfit> {
        let text = text.to_owned();
        source_address(&Scalar {
            text,
            form: Form::YamlText,
        })
    }

    #[test]
    fn an_address_may_have_a_path() {
        for text in [
            "http://127.0.0.1:9090",
            "https://mimir.example.com/prometheus",
            "http://vmselect:8481/select/0/prometheus/",
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address_and_shows_no_password() {
        for text in [
            "",
            "prometheus:9090",
            "ftp://prometheus",
            "http://",
            "http://a b",
            "http://me:hunter2@prometheus",
            "http://me:hunter2@prometheus:port",
            "http://prometheus?x=1",
            "http://prometheus/#x",
            " http://prometheus",
            "http://prometheus/api/v1/query",
        ] {
            let unfit = read(text).unwrap_err();
            assert!(!format!("{unfit:?}").contains("hunter2"), "{unfit:?}");
        }
    }
}
