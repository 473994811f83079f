//! Reviews: whose a token is, and what its owner may. The server's own clients (`users.rs`) are others.

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::ApiServer;
use super::answer::json as answered;
use super::refusal::Refusal;

/// Where whose a token is is asked.
pub(crate) const TOKEN_REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
/// Where it is asked what somebody may.
pub(crate) const ACCESS_REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// What the server knows of tokens and rules.
#[derive(Default)]
pub(super) struct Reviews {
    issued: BTreeMap<String, Issued>,
    rules: Vec<Rule>,
}

/// A token that was issued.
struct Issued {
    user: String,
    audience: String,
    has_expired: bool,
}

/// What somebody may do with Canaries.
struct Rule {
    user: String,
    verb: String,
    namespace: Option<String>,
}

impl ApiServer {
    /// Issues a token, for this audience.
    pub(crate) fn issue(&self, token: &str, user: &str, audience: &str) {
        let issued = Issued {
            user: user.to_owned(),
            audience: audience.to_owned(),
            has_expired: false,
        };
        self.shared.reviews().issued.insert(token.to_owned(), issued);
    }

    /// The token's time is over.
    pub(crate) fn expire(&self, token: &str) {
        let mut reviews = self.shared.reviews();
        let issued = reviews.issued.get_mut(token).expect("a token that was issued");
        issued.has_expired = true;
    }

    /// Binds a user to a role with this verb on Canaries: in a namespace, or in all of them.
    pub(crate) fn allow(&self, user: &str, verb: &str, namespace: Option<&str>) {
        self.shared.reviews().rules.push(Rule {
            user: user.to_owned(),
            verb: verb.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
        });
    }

    /// Takes every role from everybody.
    pub(crate) fn allow_nothing(&self) {
        self.shared.reviews().rules.clear();
    }
}

impl Reviews {
    /// The answer to a review; none where the path is of something else.
    pub(super) fn answer(&self, path: &str, body: &[u8]) -> Option<Result<Response<Body>, Refusal>> {
        let review: fn(&Self, &Value) -> Value = match path {
            TOKEN_REVIEWS => Self::token,
            ACCESS_REVIEWS => Self::access,
            _ => return None,
        };
        let Ok(mut object) = serde_json::from_slice::<Value>(body) else {
            return Some(Err(Refusal::bad_request("the object provided is unrecognized")));
        };
        object["status"] = review(self, &object["spec"]);
        Some(Ok(answered(StatusCode::CREATED, Body::from(object.to_string()))))
    }

    fn token(&self, spec: &Value) -> Value {
        let refused = |why: &str| json!({"user": {}, "error": format!("[invalid bearer token, {why}]")});
        let Some(issued) = self.issued.get(spec["token"].as_str().unwrap_or_default()) else {
            return refused("Token has been invalidated");
        };
        let Issued {
            user,
            audience,
            has_expired,
        } = issued;
        if *has_expired {
            return refused("service account token has expired");
        }
        let audiences = spec["audiences"].as_array().cloned().unwrap_or_default();
        if !audiences.contains(&json!(audience)) {
            let asked = json!(audiences);
            return refused(&format!(
                "token audiences [\"{audience}\"] is invalid for the target audiences {asked}"
            ));
        }
        let groups = ["system:serviceaccounts", "system:authenticated"];
        json!({
            "authenticated": true,
            "user": {"username": user, "uid": format!("uid-of-{user}"), "groups": groups},
            "audiences": [audience],
        })
    }

    fn access(&self, spec: &Value) -> Value {
        let asked = &spec["resourceAttributes"];
        let is_of_canaries = asked["group"] == "serin.dev" && asked["resource"] == "canaries";
        let allows = |rule: &Rule| {
            let is_placed = rule.namespace.is_none() || asked["namespace"] == json!(rule.namespace);
            is_of_canaries
                && is_placed
                && spec["user"] == json!(rule.user)
                && asked["verb"] == json!(rule.verb)
        };
        match self.rules.iter().find(|rule| allows(rule)) {
            Some(rule) => {
                json!({"allowed": true, "reason": format!("RBAC: allowed by a binding of {}", rule.user)})
            }
            None => json!({"allowed": false}),
        }
    }
}
