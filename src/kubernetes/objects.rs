//! The objects of one kind.

use kube::core::params::{GetParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::request::{Error, Request};
use serde_json::Value;

use super::answer::{answer, answer_body, not_json};
use super::cluster::Cluster;
use super::failure::{Failure, Purpose};
use super::kind::Kind;
use super::page::read_page;

/// Who wrote, in `managedFields`.
const FIELD_MANAGER: &str = "serin";

/// Objects of one page of a list.
const PAGE: u32 = 500;

/// Objects of one list: a namespace with more pods of one workload than this is not one that a canary is tried in.
pub const LIST_MAX: usize = 10_000;

/// The objects of one kind, in whichever namespace.
#[derive(Debug, Clone)]
pub struct Objects {
    cluster: Cluster,
    kind: Kind,
}

impl Objects {
    pub(super) const fn new(cluster: Cluster, kind: Kind) -> Self {
        Self { cluster, kind }
    }

    /// The object as it is now: the server asks its store, no cache answers.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::Refused`], [`Failure::Denied`] or [`Failure::Unreachable`].
    pub async fn get(&self, namespace: &str, name: &str) -> Result<Value, Failure> {
        let request = self.at(namespace).get(name, &GetParams::default());
        self.ask(Purpose::Read, request).await
    }

    /// All objects of a namespace whose labels match `selector`, as kubectl's `-l` has it.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Failure::Refused`] as well for more than [`LIST_MAX`].
    pub async fn list(&self, namespace: &str, selector: &str) -> Result<Vec<Value>, Failure> {
        let mut objects = Vec::new();
        self.each(namespace, selector, |object| objects.push(object))
            .await?;
        Ok(objects)
    }

    /// Hands over the same one by one, so that no more of them are in memory than whoever takes them keeps; gives how many there were.
    ///
    /// # Errors
    /// As [`list`](Self::list); what was handed over before was as it was.
    pub(super) async fn each(
        &self,
        namespace: &str,
        selector: &str,
        mut take: impl FnMut(Value),
    ) -> Result<usize, Failure> {
        let mut count = 0;
        let mut page = ListParams::default().labels(selector).limit(PAGE);
        loop {
            let request = self.at(namespace).list(&page);
            let body = answer_body(&self.cluster, Purpose::Read, request.map_err(not_asked)?).await?;
            let mut counted = |object| {
                count += 1;
                take(object);
            };
            let next = read_page(&body, &mut counted).map_err(|error| not_json(Purpose::Read, &error))?;
            let Some(next) = next else {
                let reason = format!("expected a list of {}, found none", self.kind.plural);
                return Err(Failure::Unreachable(reason));
            };
            if count > LIST_MAX {
                let reason = format!("expected at most {LIST_MAX} {}, found more", self.kind.plural);
                return Err(Failure::Refused(reason));
            }
            if next.is_empty() {
                return Ok(count);
            }
            page = page.continue_token(&next);
        }
    }

    /// Makes the changes of a JSON patch (RFC 6902), all or none; gives the object after them.
    ///
    /// # Errors
    /// Any [`Failure`]. A patch with a [`guard`](super::guard()) of another version than the object's is a
    /// [`Failure::Conflict`].
    pub async fn patch(&self, namespace: &str, name: &str, operations: &[Value]) -> Result<Value, Failure> {
        let operations = serde_json::from_value(Value::from(operations));
        let operations =
            operations.map_err(|error| Failure::Refused(format!("not a JSON patch: {error}")))?;
        let patch = Patch::<()>::Json(operations);
        let request = self.at(namespace).patch(name, &patched(), &patch);
        self.ask(Purpose::Write, request).await
    }

    /// Merges `patch` (RFC 7386) into the status; gives the object after that.
    ///
    /// # Errors
    /// Any [`Failure`].
    pub async fn merge_status(&self, namespace: &str, name: &str, patch: &Value) -> Result<Value, Failure> {
        let request = self
            .at(namespace)
            .patch_subresource("status", name, &patched(), &Patch::Merge(patch));
        self.ask(Purpose::Write, request).await
    }

    /// Makes a new object.
    ///
    /// # Errors
    /// Any [`Failure`]; [`Failure::Conflict`] where there is one of that name.
    pub async fn create(&self, namespace: &str, object: &Value) -> Result<Value, Failure> {
        let parameters = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let request = self
            .at(namespace)
            .create(&parameters, object.to_string().into_bytes());
        self.ask(Purpose::Write, request).await
    }

    fn at(&self, namespace: &str) -> Request {
        Request::new(self.kind.path(namespace))
    }

    async fn ask(
        &self,
        purpose: Purpose,
        request: Result<http::Request<Vec<u8>>, Error>,
    ) -> Result<Value, Failure> {
        answer(&self.cluster, purpose, request.map_err(not_asked)?).await
    }
}

/// A request that could not even be written down.
fn not_asked(error: Error) -> Failure {
    Failure::Refused(error.to_string())
}

fn patched() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}
