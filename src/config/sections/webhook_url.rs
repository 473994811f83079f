//! Where a webhook goes.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::scalar::{Scalar, Unfit};

/// Length of an address: the usual limit of servers and proxies for a request line is four times that.
const MAX_URL_BYTES: usize = 2_000;

/// Members of one cluster: an Alertmanager has three, or five.
const MAX_MEMBERS: usize = 20;

/// Where a webhook goes. Shows only the host: who knows the path of many a webhook can use it.
#[derive(Clone)]
pub struct WebhookUrl {
    url: SecretString,
    shown: String,
}

impl WebhookUrl {
    /// The whole URL: for the request only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({self})")
    }
}

/// Reads where a webhook goes.
pub(super) fn webhook_url(scalar: &Scalar) -> Result<WebhookUrl, Unfit> {
    let text = scalar.text.as_str();
    if text.len() > MAX_URL_BYTES {
        return Err(Unfit::found(format!("one of more than {MAX_URL_BYTES} bytes")));
    }
    let Ok(url) = Url::parse(text) else {
        let hint = (!text.contains("://")).then(|| "it begins with `https://` or `http://`".to_owned());
        return Err(Unfit {
            hint,
            ..Unfit::default()
        });
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Unfit::hint("it begins with `https://` or `http://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unfit {
            found: Some("one with credentials, which is not shown".to_owned()),
            ..Unfit::hint(
                "credentials do not belong here; the receiver knows Serin by the signature (`secretFile`)",
            )
        });
    }
    if url.fragment().is_some() || text.trim() != text {
        return Err(Unfit::hint("an address has no `#` and no white space"));
    }
    Ok(WebhookUrl {
        url: SecretString::from(text),
        shown: format!("{}/…", url.origin().ascii_serialization()),
    })
}

/// Reads where something with several members is.
pub(super) fn webhook_urls(scalar: &Scalar) -> Result<Vec<WebhookUrl>, Unfit> {
    let mut urls = Vec::new();
    for text in scalar
        .text
        .split([',', ' ', '\t', '\n'])
        .filter(|text| !text.is_empty())
    {
        let url = webhook_url(&Scalar {
            text: text.to_owned(),
            form: scalar.form,
        })?;
        if names_the_api(&url) {
            return Err(Unfit::hint(
                "leave `/api/v2/alerts` out: a path is only what comes before it, as `--web.route-prefix` of Alertmanager says",
            ));
        }
        urls.push(url);
    }
    match urls.len() {
        0 => Err(Unfit::found("none")),
        1..=MAX_MEMBERS => Ok(urls),
        count => Err(Unfit::found(format!("{count}; at most {MAX_MEMBERS} are told"))),
    }
}

/// Whether the path is that of Alertmanager's API, which is added to what is configured.
fn names_the_api(url: &WebhookUrl) -> bool {
    let Ok(url) = Url::parse(url.expose()) else {
        return false;
    };
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/alerts").unwrap_or(path);
    path.ends_with("/api/v1") || path.ends_with("/api/v2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::scalar::Form;

    #[test]
    fn each_member_is_an_address() {
        let read = |text: &str| {
            let text = text.to_owned();
            webhook_urls(&Scalar {
                text,
                form: Form::YamlText,
            })
        };
        let members = read("http://a:9093 http://b:9093/prefix,http://c").unwrap();
        let members: Vec<String> = members.iter().map(ToString::to_string).collect();
        assert_eq!(members, ["http://a:9093/…", "http://b:9093/…", "http://c/…"]);
        assert!(read("http://a b").is_err());
        for api in [
            "api/v2/alerts",
            "api/v2/alerts/",
            "prefix/api/v2",
            "api/v1/alerts",
        ] {
            let refused = read(&format!("http://a:9093/{api}")).unwrap_err();
            assert!(refused.hint.is_some_and(|hint| hint.contains("leave")), "{api}");
        }
        assert!(read("http://a:9093/alerts").is_ok());
        assert!(read(" ").is_err());
        assert!(read(&"http://a ".repeat(21)).is_err());
    }

    fn read(text: &str) -> Result<WebhookUrl, Unfit> {
        let text = text.to_owned();
        webhook_url(&Scalar {
            text,
            form: Form::YamlText,
        })
    }

    #[test]
    fn shows_only_the_host() {
        let url = read("https://hooks.test:8443/services/hunter2?key=hunter2").unwrap();
        assert_eq!(url.to_string(), "https://hooks.test:8443/…");
        assert_eq!(format!("{url:?}"), "WebhookUrl(https://hooks.test:8443/…)");
        assert!(url.expose().contains("hunter2"));
    }

    #[test]
    fn refuses_what_is_no_address_of_a_webhook() {
        for text in [
            "",
            "hooks.test",
            "ftp://hooks.test",
            "http://",
            "http://a b",
            "https://me:pw@hooks.test",
            "http://a/#b",
            " http://a",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
