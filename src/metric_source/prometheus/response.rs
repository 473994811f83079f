//! What is taken of a response: its body, or why there is none of use.

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};

use super::answer::Failure;
use super::hiding::Secrets;
use super::request_error::{RequestError, root_cause};
use super::stage::Stage;
use super::words::shown;

/// What is read of the body of an answer that has a status of failure. A failure's reason is a sentence or two.
const FAILURE_BYTES_MAX: usize = 64 << 10;

/// The body of a response of success. `secrets` are those of the request: a reason why there is none has none of them.
pub(super) async fn body(
    response: Response,
    origin: &str,
    limit: usize,
    secrets: &Secrets,
    stage: &mut Stage,
) -> Result<Vec<u8>, RequestError> {
    if response.status() == StatusCode::OK {
        return bounded(response, origin, limit, stage).await;
    }
    Err(failure(response, origin, secrets, stage).await)
}

/// The body, refused as soon as it is known to be too long.
async fn bounded(
    mut response: Response,
    origin: &str,
    limit: usize,
    stage: &mut Stage,
) -> Result<Vec<u8>, RequestError> {
    let length = response.content_length();
    let announced = length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > limit {
        return Err(RequestError::TooLarge { limit });
    }
    let mut body = Vec::with_capacity(announced);
    loop {
        let bytes = body.len();
        *stage = Stage::Body { bytes };
        let chunk = response.chunk().await.map_err(|error| RequestError::BrokenBody {
            origin: origin.to_owned(),
            bytes,
            reason: root_cause(&error),
        })?;
        match chunk {
            None => return Ok(body),
            Some(chunk) if chunk.len() > limit - bytes => return Err(RequestError::TooLarge { limit }),
            Some(chunk) => body.extend_from_slice(&chunk),
        }
    }
}

async fn failure(response: Response, origin: &str, secrets: &Secrets, stage: &mut Stage) -> RequestError {
    let (status, target) = (response.status(), target(&response));
    if status.is_redirection() {
        let origin = origin.to_owned();
        return RequestError::Redirect {
            origin,
            status,
            target,
        };
    }
    // Without its words a failure is still one.
    let body = bounded(response, origin, FAILURE_BYTES_MAX, stage)
        .await
        .unwrap_or_default();
    let body = secrets.hidden_in(&body);
    let origin = origin.to_owned();
    match Failure::parse(&body) {
        Some(failure) if !is_about_credentials(status) => RequestError::Failed {
            origin,
            status,
            failure,
        },
        _ => RequestError::Status {
            origin,
            status,
            body: for_people(&body),
        },
    }
}

/// Scheme, host and port of where a redirect points.
fn target(response: &Response) -> String {
    let location = response.headers().get(LOCATION);
    location
        .and_then(|location| response.url().join(location.to_str().ok()?).ok())
        .map_or_else(|| "nowhere".to_owned(), |url| url.origin().ascii_serialization())
}

/// Then nothing is wrong with the query, whatever the form of the answer.
fn is_about_credentials(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// What stands in a body, unless it is a page for browsers.
fn for_people(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return String::new();
    }
    shown(&text)
}
