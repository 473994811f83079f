//! The definitions, taken by a real API server: what it fills in, what it refuses and in which words, and what kubectl shows.

mod refused;
mod shown;
mod taken;

use crate::world::canary::document_with;
use crate::world::cluster::Cluster;

/// A Canary of a cluster, for the fields that a test does not care of.
const IN_CLUSTER: &str = "workloads: {stable: {kind: Deployment, name: shop-stable}, canary: {kind: Deployment, name: shop-canary}}\n\
                          traffic: {istio: {virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}";

/// What the server says to a Canary with these fields; empty if it would take it.
fn told(cluster: &Cluster, fields: &str) -> String {
    told_of(cluster, &document_with(fields))
}

fn told_of(cluster: &Cluster, document: &str) -> String {
    let arguments = [
        "create",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        "-f",
        "-",
    ];
    cluster
        .try_kubectl_in(&arguments, document)
        .err()
        .unwrap_or_default()
}
