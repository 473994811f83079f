//! `kubernetes`: the cluster that Canaries with Deployments and VirtualServices are of.

use std::path::PathBuf;

use crate::config::field::{Entry, Field, Section, Show, Unwritten};
use crate::config::scalar::{Scalar, Unfit};
use crate::config::values::Values;

/// The cluster, and who asks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubernetes {
    /// The kubeconfig; without one as kubectl finds it, or in a pod its service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context; without one the kubeconfig's current one.
    pub context: Option<String>,
    /// The only namespace to look into; without one all of them.
    pub namespace: Option<String>,
    /// The Lease by which one of several replicas leads; without one nobody is elected.
    pub lease: Option<String>,
    /// The Lease's namespace; without one the pod's.
    pub lease_namespace: Option<String>,
}

pub(in crate::config) static SECTION: Section = Section {
    name: "kubernetes",
    about: "The cluster that Canaries with Deployments and VirtualServices are of. Nothing asks it where none has any, and replicas elect no leader.",
    example_name: None,
    entries: &[
        &KUBECONFIG.entry,
        &CONTEXT.entry,
        &NAMESPACE.entry,
        &LEASE.entry,
        &LEASE_NAMESPACE.entry,
    ],
};

static KUBECONFIG: Field<PathBuf> = Field {
    entry: Entry {
        path: "kubernetes.kubeconfig",
        about: "Path of a kubeconfig. Without it: `KUBECONFIG`, `~/.kube/config`, or in a pod its service account.",
        expected: "the path of a kubeconfig",
        unwritten: Unwritten::Nothing("/etc/serin/kubeconfig"),
        short_flag: Some("kubeconfig"),
    },
    read: Scalar::path,
    show: Show::AsWritten,
};

static CONTEXT: Field<String> = Field {
    entry: Entry {
        path: "kubernetes.context",
        about: "The context of the kubeconfig. Without it: its current one.",
        expected: "the name of a context",
        unwritten: Unwritten::Nothing("production"),
        short_flag: Some("context"),
    },
    read: |scalar| {
        let is_written = !scalar.text.trim().is_empty();
        is_written.then(|| scalar.text.clone()).ok_or_else(Unfit::default)
    },
    show: Show::AsWritten,
};

static NAMESPACE: Field<String> = Field {
    entry: Entry {
        path: "kubernetes.namespace",
        about: "The only namespace whose Canaries are looked after, where they are in the cluster: for a service account that may see no \
                other. Without it: all namespaces.",
        expected: "a namespace: a DNS label",
        unwritten: Unwritten::Nothing("shop"),
        short_flag: None,
    },
    read: Scalar::name,
    show: Show::AsWritten,
};

static LEASE: Field<String> = Field {
    entry: Entry {
        path: "kubernetes.lease",
        about: "The Lease by which one of several replicas leads: the others follow, serve the API, and go on where a leader stopped. It takes \
                a store that all of them share, which is PostgreSQL. Without it nobody is elected.",
        expected: "the name of a Lease: a DNS label",
        unwritten: Unwritten::Nothing("serin"),
        short_flag: None,
    },
    read: Scalar::name,
    show: Show::AsWritten,
};

static LEASE_NAMESPACE: Field<String> = Field {
    entry: Entry {
        path: "kubernetes.leaseNamespace",
        about: "The namespace of the Lease. Without it: the pod's own.",
        expected: "a namespace: a DNS label",
        unwritten: Unwritten::Nothing("serin"),
        short_flag: None,
    },
    read: Scalar::name,
    show: Show::AsWritten,
};

pub(in crate::config) fn kubernetes(values: &mut Values<'_>) -> Kubernetes {
    let kubeconfig = values.optional(&KUBECONFIG, "");
    Kubernetes {
        kubeconfig: kubeconfig.map(|path| values.resolve(&KUBECONFIG.entry, "", &path)),
        context: values.optional(&CONTEXT, ""),
        namespace: values.optional(&NAMESPACE, ""),
        lease: values.optional(&LEASE, ""),
        lease_namespace: values.optional(&LEASE_NAMESPACE, ""),
    }
}
