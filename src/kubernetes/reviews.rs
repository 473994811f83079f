//! Who somebody is, and what they may, as the cluster has it: TokenReview and SubjectAccessReview.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::answer;
use super::cluster::Cluster;
use super::failure::{Failure, Purpose};
use super::kind::Kind;

const TOKEN_REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const OWN_ACCESS_REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const ACCESS_REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// Somebody whom the cluster knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name, such as `system:serviceaccount:ci:deployer`.
    pub name: String,
    /// What tells it from an earlier one of that name.
    pub uid: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// What else the cluster says of it.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Something to be done with Canaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What: `get`, `abort`, ….
    pub verb: String,
    /// In which namespace; without one in all of them.
    pub namespace: Option<String>,
    /// With which Canary; without one with all of them.
    pub name: Option<String>,
}

/// Asks the cluster who somebody is, and what they may. To ask it so takes a right that belongs to the cluster (`create` of
/// `tokenreviews` and `subjectaccessreviews`).
#[derive(Debug, Clone)]
pub struct Reviews {
    cluster: Cluster,
    audience: String,
}

impl Reviews {
    /// Takes tokens for this audience and for no other.
    #[must_use]
    pub fn new(cluster: Cluster, audience: impl Into<String>) -> Self {
        Self {
            cluster,
            audience: audience.into(),
        }
    }

    /// Whose `token` is; nobody's where it is unknown, expired, or for another audience.
    ///
    /// # Errors
    /// Where the server did not say: [`Failure::Denied`] where Serin may not ask.
    pub async fn who(&self, token: &str) -> Result<Option<User>, Failure> {
        let spec = json!({ "token": token, "audiences": [self.audience] });
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec });
        let status = reviewed(&self.cluster, TOKEN_REVIEWS, &review).await?;
        // A server that knows no audiences says so by naming none: its tokens are for itself, and whoever has one could be impersonated.
        let audiences = status["audiences"].as_array();
        let is_for_us = audiences.is_some_and(|audiences| audiences.iter().any(|one| *one == self.audience));
        if status["authenticated"] != true || !is_for_us {
            return Ok(None);
        }
        let user = &status["user"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = text(&user["username"]);
        if name.is_empty() {
            return Err(Failure::Unreachable(
                "the API server knows a token, and names nobody".to_owned(),
            ));
        }
        let extra = user["extra"].as_object().into_iter().flatten();
        Ok(Some(User {
            name,
            uid: text(&user["uid"]),
            groups: texts(&user["groups"]),
            extra: extra.map(|(key, values)| (key.clone(), texts(values))).collect(),
        }))
    }

    /// Whether the cluster's rules let `user` do that.
    ///
    /// # Errors
    /// As [`who`](Self::who).
    pub async fn may(&self, user: &User, deed: &Deed) -> Result<bool, Failure> {
        let Kind { group, plural, .. } = Kind::CANARY;
        let mut attributes = json!({ "group": group, "resource": plural, "verb": deed.verb });
        for (field, value) in [("namespace", &deed.namespace), ("name", &deed.name)] {
            if let Some(value) = value {
                attributes[field] = json!(value);
            }
        }
        let spec = json!({
            "user": user.name, "uid": user.uid, "groups": user.groups, "extra": user.extra, "resourceAttributes": attributes,
        });
        let review =
            json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec });
        let status = reviewed(&self.cluster, ACCESS_REVIEWS, &review).await?;
        Ok(is_allowed(&status))
    }
}

/// Whether whoever asks may do `verb` to `resource` of `group`, in every namespace. Everybody may ask that of themselves.
///
/// # Errors
/// Where the server did not say.
pub async fn may_i(cluster: &Cluster, verb: &str, group: &str, resource: &str) -> Result<bool, Failure> {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes =
        json!({ "verb": verb, "group": group, "resource": resource, "subresource": subresource });
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": attributes },
    });
    let status = reviewed(cluster, OWN_ACCESS_REVIEWS, &review).await?;
    Ok(is_allowed(&status))
}

fn is_allowed(status: &Value) -> bool {
    status["allowed"] == true && status["denied"] != true
}

/// What the server made of a review. Nothing changes by one.
async fn reviewed(cluster: &Cluster, path: &str, review: &Value) -> Result<Value, Failure> {
    let request = http::Request::post(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(review.to_string().into_bytes())
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let mut reviewed = answer(cluster, Purpose::Read, request).await?;
    Ok(reviewed["status"].take())
}

fn texts(values: &Value) -> Vec<String> {
    let values = values.as_array().into_iter().flatten();
    values
        .filter_map(|value| value.as_str().map(ToOwned::to_owned))
        .collect()
}
