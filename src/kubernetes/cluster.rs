//! The connection to an API server.

use std::fmt;
use std::sync::Arc;

use kube::Client;
use tokio::sync::OnceCell;

use super::access::Access;
use super::client::client;
use super::failure::Failure;
use super::kind::Kind;
use super::objects::Objects;

/// An API server, and who asks it. Cheap to clone; all clones share one connection, which is made at the first call, so that a
/// daemon that never needs a cluster needs no access to one.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    access: Access,
    client: OnceCell<Client>,
}

impl Cluster {
    /// The cluster that `access` leads to.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self {
            shared: Arc::new(Shared {
                access,
                client: OnceCell::new(),
            }),
        }
    }

    /// The objects of one kind.
    #[must_use]
    pub fn objects(&self, kind: Kind) -> Objects {
        Objects::new(self.clone(), kind)
    }

    /// A client for what [`Objects`] does not do, such as watching.
    ///
    /// # Errors
    /// [`Failure::Unreachable`], if there is no access, with what was looked for. The next call looks again.
    pub async fn client(&self) -> Result<Client, Failure> {
        let connect = async || {
            let config = self.shared.access.config().await.map_err(Failure::Unreachable)?;
            client(config).map_err(|error| Failure::Unreachable(error.to_string()))
        };
        self.shared.client.get_or_try_init(connect).await.cloned()
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cluster")
            .field("access", &self.shared.access)
            .finish_non_exhaustive()
    }
}
