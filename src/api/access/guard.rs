//! What stands before every route but the webhooks, which have a guard of their own.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::caller::{Caller, Visitor};
use super::pages::refuse_pages;
use super::wanted::Wanted;
use crate::api::Shared;
use crate::api::error::ApiError;

/// Lets a request in, or refuses it before anything of it is read.
pub(in crate::api) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&shared, &mut parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => {
            count(&shared, &error);
            error.into_response()
        }
    }
}

/// Counts who was refused.
pub(in crate::api) fn count(shared: &Shared, error: &ApiError) {
    let counters = &shared.counters;
    match error {
        ApiError::Unauthorised | ApiError::UnauthorisedWebhook(_) | ApiError::Expired { .. } => {
            counters.unauthorised.add();
        }
        ApiError::Role { .. } | ApiError::NoRole { .. } | ApiError::Rules { .. } => counters.forbidden.add(),
        ApiError::TooOften(_) => counters.rates.add(),
        ApiError::NotReviewed(_) => counters.not_reviewed.add(),
        _ => {}
    }
}

async fn admit(shared: &Shared, parts: &mut Parts) -> Result<Caller, ApiError> {
    let wanted = Wanted::of(parts).await?;
    let visitor = Visitor::of(parts, wanted.as_ref());
    if shared.access.is_open() {
        refuse_pages(&parts.headers, parts.uri.authority())?;
        return Ok(Caller::at(parts, visitor, None));
    }
    let (token, now) = (bearer(&parts.headers), shared.clock.now());
    let identity = shared.access.identify(token, visitor, now).await?;
    if let Some(wanted) = wanted {
        shared.access.allow(&identity, &wanted, now).await?;
    }
    Ok(Caller::at(parts, visitor, Some(identity)))
}

/// In a time that does not depend on where the two differ.
pub(in crate::api) fn is_equal(sent: &[u8], token: &SecretString) -> bool {
    sent.ct_eq(token.expose_secret().as_bytes()).into()
}

/// The scheme of `Authorization` and what follows it; none where there is none, or another one beside it.
pub(in crate::api) fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let (Some(sent), None) = (sent.next(), sent.next()) else {
        return None;
    };
    let (scheme, sent) = sent.to_str().ok()?.split_once(' ')?;
    Some((scheme, sent.trim_start_matches(' ')))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    credentials(headers)
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, sent)| sent)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn authorised(values: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer(&headers).is_some_and(|sent| is_equal(sent.as_bytes(), &TOKEN.into()))
    }

    #[test]
    fn only_the_token_itself_is_let_in() {
        assert!(authorised(&["Bearer 0123456789abcdef0123456789abcdef"]));
        assert!(authorised(&["bearer  0123456789abcdef0123456789abcdef"]));
        for refused in [
            "0123456789abcdef0123456789abcdef",
            "Basic 0123456789abcdef0123456789abcdef",
            "Bearer 0123456789abcdef0123456789abcdee",
            "Bearer 0123456789abcdef0123456789abcdef0",
            "Bearer ",
            "Bearer",
            "",
        ] {
            assert!(!authorised(&[refused]), "{refused}");
        }
        assert!(!authorised(&[]));
        assert!(!authorised(&[
            "Bearer wrong",
            "Bearer 0123456789abcdef0123456789abcdef"
        ]));
    }
}
