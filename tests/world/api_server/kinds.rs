//! The kinds that the server knows.

/// A kind of object, and the rules that are its own.
#[derive(Debug)]
pub(crate) struct Served {
    /// API group; empty for the core's.
    pub(super) group: &'static str,
    /// What it is called in a path.
    pub(super) plural: &'static str,
    /// `kind`, as manifests have it.
    pub(super) kind: &'static str,
    /// Every version that it is served in, newest first.
    pub(super) versions: &'static [&'static str],
    /// Who defined it.
    pub(super) origin: Origin,
    /// Whether the status is a subresource, which writes of the object leave alone.
    pub(super) has_status: bool,
    /// What raises the generation.
    pub(super) generation: Generation,
    /// Whether it lives in namespaces.
    pub(super) namespaced: bool,
}

/// Who defined a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A CustomResourceDefinition: no strategic merge, and no PUT without a version.
    Custom,
    /// Kubernetes.
    BuiltIn,
    /// Kubernetes, and a PUT needs a version all the same.
    BuiltInGuarded,
}

/// What raises `metadata.generation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// There is none.
    Absent,
    /// A change of anything but metadata and status.
    Spec,
    /// A change of the annotations as well, as for Deployments.
    SpecAndAnnotations,
}

use Generation::{Absent, Spec, SpecAndAnnotations};
use Origin::{BuiltIn, BuiltInGuarded, Custom};

/// Of two kinds that share a plural, the first is meant where only the plural is told.
static KINDS: [Served; 18] = [
    istio("virtualservices", "VirtualService"),
    istio("destinationrules", "DestinationRule"),
    serin("canaries", "Canary"),
    serin("analysistemplates", "AnalysisTemplate"),
    built_in("apps", "v1", "deployments", "Deployment", SpecAndAnnotations),
    built_in("apps", "v1", "replicasets", "ReplicaSet", Spec),
    built_in("apps", "v1", "statefulsets", "StatefulSet", Spec),
    built_in("", "v1", "pods", "Pod", Spec),
    built_in("", "v1", "services", "Service", Absent),
    without_status(built_in("", "v1", "configmaps", "ConfigMap", Absent)),
    without_status(built_in("", "v1", "secrets", "Secret", Absent)),
    without_status(built_in("", "v1", "serviceaccounts", "ServiceAccount", Absent)),
    built_in(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        Absent,
    ),
    without_status(built_in("events.k8s.io", "v1", "events", "Event", Absent)),
    without_status(built_in("", "v1", "events", "Event", Absent)),
    Served {
        origin: BuiltInGuarded,
        ..without_status(built_in("coordination.k8s.io", "v1", "leases", "Lease", Absent))
    },
    Served {
        namespaced: false,
        ..built_in("", "v1", "namespaces", "Namespace", Absent)
    },
    Served {
        namespaced: false,
        ..built_in("", "v1", "nodes", "Node", Absent)
    },
];

const fn istio(plural: &'static str, kind: &'static str) -> Served {
    Served {
        group: "networking.istio.io",
        versions: &["v1", "v1beta1", "v1alpha3"],
        origin: Custom,
        ..built_in("", "", plural, kind, Spec)
    }
}

const fn serin(plural: &'static str, kind: &'static str) -> Served {
    Served {
        group: "serin.dev",
        versions: &["v1alpha1"],
        origin: Custom,
        ..built_in("", "", plural, kind, Spec)
    }
}

const fn built_in(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    generation: Generation,
) -> Served {
    Served {
        group,
        plural,
        kind,
        versions: match version.as_bytes() {
            b"v2" => &["v2"],
            _ => &["v1"],
        },
        origin: BuiltIn,
        has_status: true,
        generation,
        namespaced: true,
    }
}

const fn without_status(served: Served) -> Served {
    Served {
        has_status: false,
        ..served
    }
}

impl Served {
    /// The kind with this plural in this group, if it is served in this version.
    pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        KINDS.iter().find(|served| {
            served.group == group && served.plural == plural && served.versions.contains(&version)
        })
    }

    /// The kind with this plural.
    pub(super) fn of_plural(plural: &str) -> &'static Self {
        let found = KINDS.iter().find(|served| served.plural == plural);
        found.unwrap_or_else(|| panic!("the fake server knows no {plural}: add them to its kinds"))
    }

    /// The kind that a manifest is of.
    pub(super) fn of_manifest(api_version: &str, kind: &str) -> &'static Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let found = KINDS.iter().find(|served| {
            served.group == group && served.kind == kind && served.versions.contains(&version)
        });
        found.unwrap_or_else(|| {
            panic!("the fake server knows no {kind} of {api_version}: add it to its kinds")
        })
    }

    /// Every kind of a group and version.
    pub(super) fn of_group(group: &str, version: &str) -> impl Iterator<Item = &'static Self> {
        KINDS
            .iter()
            .filter(move |served| served.group == group && served.versions.contains(&version))
    }

    /// Whether a path is of a group that Kubernetes brings.
    pub(super) fn is_group_of_kubernetes(path: &str) -> bool {
        let group = match path.split('/').collect::<Vec<_>>()[..] {
            ["", "api", ..] => "",
            ["", "apis", group, ..] => group,
            _ => return false,
        };
        KINDS
            .iter()
            .any(|served| served.group == group && served.origin != Custom)
    }

    /// `plural.group`, as messages have it.
    pub(super) fn qualified(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// `Kind.group`, as messages of invalid objects have it.
    pub(super) fn qualified_kind(&self) -> String {
        qualified(self.kind, self.group)
    }
}

fn qualified(name: &str, group: &str) -> String {
    match group {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}
