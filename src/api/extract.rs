//! What a handler is given, checked: names of the path, parameters, bodies.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::fields::{Fields, FromFields};

/// The names in the path.
pub(super) struct Named<T>(pub(super) T);

/// The parameters behind the question mark.
pub(super) struct Parameters<T>(pub(super) T);

/// A body of JSON.
pub(super) struct Body<T>(pub(super) T);

/// A body of JSON, or none.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            // Bytes that are no text name nothing.
            Err(_) => Err(ApiError::NoRoute(parts.uri.path().to_owned())),
        }
    }
}

impl<T: FromFields, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        Fields::of_query(query).read().map(Self)
    }
}

impl<T: FromFields, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        refuse_other_media(request.headers())?;
        Fields::of_json(&whole(request, state).await?)?.read().map(Self)
    }
}

impl<T: FromFields + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let media = refuse_other_media(request.headers());
        let body = whole(request, state).await?;
        if body.is_empty() || &*body == b"null" {
            return Ok(Self(T::default()));
        }
        media?;
        Fields::of_json(&body)?.read().map(Self)
    }
}

fn refuse_other_media(headers: &HeaderMap) -> Result<(), ApiError> {
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let essence = media.and_then(|media| media.split(';').next()).map(str::trim);
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        Ok(())
    } else {
        Err(ApiError::MediaType)
    }
}

/// The body, which the limits in front of every handler have read already.
async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|_| ApiError::Defect)
}
