//! A cluster that several tests have together, each with a namespace of its own.

use tokio::sync::OnceCell;

use super::{Api, Cluster, Mesh};

/// The cluster. The first test that comes starts it, the end of the process ends it.
pub(crate) struct Shared {
    mesh: Option<Mesh>,
    cluster: OnceCell<Cluster>,
}

impl Shared {
    /// Without a mesh.
    pub(crate) const fn new() -> Self {
        Self {
            mesh: None,
            cluster: OnceCell::const_new(),
        }
    }

    /// With a mesh.
    pub(crate) const fn with_mesh(mesh: Mesh) -> Self {
        Self {
            mesh: Some(mesh),
            cluster: OnceCell::const_new(),
        }
    }

    /// Moves the test's thread into its network, as the start of a cluster does.
    pub(crate) async fn join(&self) -> Cluster {
        let start = async || match &self.mesh {
            None => Cluster::start().await,
            Some(mesh) => Cluster::with_mesh(mesh).await,
        };
        let cluster = self.cluster.get_or_init(start).await;
        cluster.inside.network.enter();
        Cluster {
            mesh: cluster.mesh.clone(),
            inside: cluster.inside.clone(),
            // Connections belong to a test's runtime.
            api: Api {
                client: cluster.client(),
            },
        }
    }
}
