//! One bounded request.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use tokio::time::Instant;

use super::exposition::Dialect;
use super::scrape_error::ScrapeError;

/// Largest body that is read. A service with ten thousand series exposes about one MiB; beyond this something
/// else is wrong, and several such bodies at once must still fit into a small container.
pub(super) const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The text format that this module reads best, then whatever there is.
const ACCEPTED: &str =
    "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";

const DEFAULT_PATH: &str = "/metrics";

/// The point in time by which a look must have its answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    after: Duration,
}

/// A body as it came, not longer than [`BODY_BYTES_MAX`].
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) dialect: Dialect,
}

impl Deadline {
    /// The deadline `after` from now. Must be called inside a runtime.
    pub(super) fn new(after: Duration) -> Self {
        Self {
            at: tokio::time::sleep(after).deadline(),
            after,
        }
    }

    /// What `work` gives, or `late` where the deadline comes first. Work is not begun after it.
    pub(super) async fn bound<T>(
        self,
        work: impl Future<Output = T>,
        late: impl FnOnce(Duration) -> ScrapeError,
    ) -> Result<T, ScrapeError> {
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.at) => Err(late(self.after)),
            answer = work => Ok(answer),
        }
    }
}

/// A client that asks the address it is given and nobody else.
pub(super) fn client() -> Client {
    Client::builder()
        .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        // Scrapes are plain HTTP: the system's certificates are not needed, and may not be there.
        .tls_certs_only([])
        // A server may close an idle connection in the moment of the next look, and that look would fail.
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client without certificates and with the system's resolver has nothing that can fail: reqwest says so")
}

/// The text of one endpoint.
pub(super) async fn fetch(client: &Client, endpoint: &str, deadline: Deadline) -> Result<Body, ScrapeError> {
    let url = metrics_url(endpoint)?;
    let path = url.path().to_owned();
    let request = client.get(url).header(ACCEPT, ACCEPTED).send();
    let response = deadline
        .bound(request, |after| ScrapeError::NoAnswer { after })
        .await?
        .map_err(|error| ScrapeError::Unreachable {
            reason: root_cause(&error),
        })?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(ScrapeError::Status { status, path });
    }
    let dialect = dialect_of(&response);
    let bytes = read_body(response, deadline).await?;
    Ok(Body { bytes, dialect })
}

/// `endpoint` with `/metrics` where it has no path of its own.
fn metrics_url(endpoint: &str) -> Result<Url, ScrapeError> {
    let refused = |reason: String| ScrapeError::Address { reason };
    let mut url = Url::parse(endpoint).map_err(|error| refused(error.to_string()))?;
    match url.scheme() {
        "http" => {}
        "https" => return Err(refused("https is not supported in this version".to_owned())),
        scheme => return Err(refused(format!("the scheme `{scheme}` is not http"))),
    }
    if url.path() == "/" {
        url.set_path(DEFAULT_PATH);
    }
    Ok(url)
}

fn dialect_of(response: &Response) -> Dialect {
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    match content_type {
        Some(value) if value.trim_start().starts_with("application/openmetrics-text") => Dialect::OpenMetrics,
        _ => Dialect::Prometheus,
    }
}

/// The body, refused as soon as it is known to be too long.
async fn read_body(mut response: Response, deadline: Deadline) -> Result<Vec<u8>, ScrapeError> {
    if response
        .content_length()
        .is_some_and(|length| length > BODY_BYTES_MAX as u64)
    {
        return Err(ScrapeError::TooLarge);
    }
    let mut body = Vec::new();
    loop {
        let bytes = body.len();
        let chunk = deadline
            .bound(response.chunk(), |after| ScrapeError::SlowBody { bytes, after })
            .await?
            .map_err(|error| ScrapeError::BrokenBody {
                bytes,
                reason: root_cause(&error),
            })?;
        match chunk {
            None => return Ok(body),
            Some(chunk) if bytes + chunk.len() > BODY_BYTES_MAX => return Err(ScrapeError::TooLarge),
            Some(chunk) => body.extend_from_slice(&chunk),
        }
    }
}

/// The innermost cause: reqwest's own words say little more than that something failed.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_gets_the_usual_one() {
        let url = |endpoint| metrics_url(endpoint).unwrap().to_string();
        assert_eq!(url("http://127.0.0.1:8081"), "http://127.0.0.1:8081/metrics");
        assert_eq!(url("http://127.0.0.1:8081/"), "http://127.0.0.1:8081/metrics");
        assert_eq!(
            url("http://shop:8081/stats/prometheus?x=1"),
            "http://shop:8081/stats/prometheus?x=1"
        );
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        let refused = |endpoint| metrics_url(endpoint).unwrap_err().to_string();
        assert_eq!(
            refused("https://shop"),
            "not an address that can be scraped: https is not supported in this version; expected one like \
             http://127.0.0.1:8081"
        );
        assert!(refused("http://shop:port").contains("invalid port number"));
        assert!(refused("shop:8081").contains("the scheme `shop` is not http"));
        assert!(refused("").contains("relative URL without a base"));
    }
}
