//! What a request takes, by its head.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;

use super::cluster::ClusterDeed;
use super::permissions::{Permission, Right, Scope, has_path, row};
use crate::api::error::ApiError;

/// What a request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Wanted {
    /// By role.
    pub(super) right: Right,
    /// By a cluster's rules; nothing where whoever is known may.
    pub(super) deed: Option<ClusterDeed>,
}

impl Wanted {
    /// What the route of a request takes; nothing where there is none, or none with this method.
    ///
    /// # Errors
    /// Where the route has no row in the table, or its path names nothing.
    pub(in crate::api) async fn of(parts: &mut Parts) -> Result<Option<Self>, ApiError> {
        let Some(path) = parts.extensions.get::<MatchedPath>() else {
            return Ok(None);
        };
        let Some(Permission {
            right, verb, scope, ..
        }) = row(&parts.method, path.as_str())
        else {
            if has_path(path.as_str()) {
                return Ok(None);
            }
            tracing::error!(
                path = path.as_str(),
                "a route without a permission, which nobody may use"
            );
            return Err(ApiError::Defect);
        };
        let (namespace, name) = match scope {
            Scope::Nothing => return Ok(Some(Self { right, deed: None })),
            Scope::All => (None, None),
            Scope::Query => (named_namespace(parts.uri.query().unwrap_or_default()), None),
            Scope::Canary => {
                let (namespace, name) = named_canary(parts).await?;
                (Some(namespace), Some(name))
            }
        };
        let deed = Some(ClusterDeed {
            verb,
            namespace,
            name,
        });
        Ok(Some(Self { right, deed }))
    }
}

/// The names in the path, as the handler gets them.
async fn named_canary(parts: &mut Parts) -> Result<(String, String), ApiError> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let nothing = || ApiError::NoRoute(parts.uri.path().to_owned());
    // Bytes that are no text name nothing.
    let params = params.map_err(|_| nothing())?;
    let named = |wanted: &str| {
        let mut params = params.iter();
        params.find_map(|(key, value)| (key == wanted).then(|| value.to_owned()))
    };
    named("namespace").zip(named("name")).ok_or_else(nothing)
}

/// The only namespace that a query asks for. One that names several is refused by its handler, and asks for all until then.
fn named_namespace(query: &str) -> Option<String> {
    let mut named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "namespace");
    let (first, second) = (named.next(), named.next());
    first
        .filter(|_| second.is_none())
        .map(|(_, namespace)| namespace.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_narrows_what_is_asked_for_only_where_it_names_one_namespace() {
        for (query, expected) in [
            ("namespace=shop", Some("shop")),
            ("limit=5&namespace=sh%6Fp", Some("shop")),
            ("", None),
            ("namespace=shop&namespace=bank", None),
            ("Namespace=shop", None),
        ] {
            assert_eq!(named_namespace(query).as_deref(), expected, "{query}");
        }
    }
}
