//! The kinds of object that Serin works with.

use kube::core::{ApiResource, GroupVersionKind};

/// A kind of object, in the version that Serin asks for. All of them are namespaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// API group; empty for the core's.
    pub group: &'static str,
    /// Version within it.
    pub version: &'static str,
    /// `kind`, as manifests have it.
    pub kind: &'static str,
    /// What it is called in a path.
    pub plural: &'static str,
}

impl Kind {
    /// Istio's VirtualService, in the version that every Istio of the last years serves.
    pub const VIRTUAL_SERVICE: Self = Self::new(
        "networking.istio.io",
        "v1beta1",
        "VirtualService",
        "virtualservices",
    );
    /// A Deployment.
    pub const DEPLOYMENT: Self = Self::new("apps", "v1", "Deployment", "deployments");
    /// A ReplicaSet.
    pub const REPLICA_SET: Self = Self::new("apps", "v1", "ReplicaSet", "replicasets");
    /// A Pod.
    pub const POD: Self = Self::new("", "v1", "Pod", "pods");
    /// What scales a Deployment by load.
    pub const AUTOSCALER: Self = Self::new(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
    );
    /// Serin's own Canary.
    pub const CANARY: Self = Self::new("serin.dev", "v1alpha1", "Canary", "canaries");
    /// Serin's own AnalysisTemplate.
    pub const ANALYSIS_TEMPLATE: Self =
        Self::new("serin.dev", "v1alpha1", "AnalysisTemplate", "analysistemplates");
    /// News of an object, for people.
    pub const EVENT: Self = Self::new("events.k8s.io", "v1", "Event", "events");
    /// Who of several replicas acts.
    pub const LEASE: Self = Self::new("coordination.k8s.io", "v1", "Lease", "leases");

    const fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self {
            group,
            version,
            kind,
            plural,
        }
    }

    /// `group/version`, as manifests have it.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// What kube calls it.
    #[must_use]
    pub fn resource(&self) -> ApiResource {
        let named = GroupVersionKind::gvk(self.group, self.version, self.kind);
        ApiResource::from_gvk_with_plural(&named, self.plural)
    }

    /// Path of the objects of one namespace.
    pub(super) fn path(&self, namespace: &str) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        format!(
            "{root}/{}/namespaces/{namespace}/{}",
            self.api_version(),
            self.plural
        )
    }
}
