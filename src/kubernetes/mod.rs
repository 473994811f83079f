//! What Serin is to a Kubernetes cluster.
//!
//! - [`crd`] — the resources: the CustomResourceDefinitions of `serin.dev`, made from the types that documents are read into.
//! - [`status`] — what a resource says of itself to `kubectl`.

pub mod crd;
pub mod status;
