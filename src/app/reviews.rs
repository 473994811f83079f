//! The cluster's identities, for the API.

use std::sync::Arc;

use async_trait::async_trait;

use crate::api::access::{ClusterDeed, ClusterUser, Reviewer};
use crate::config::{ApiKubernetes, Config};
use crate::kubernetes::{Cluster, Deed, Reviews, User};

/// Asks the cluster for the API.
#[derive(Debug)]
struct ByCluster(Reviews);

#[async_trait]
impl Reviewer for ByCluster {
    async fn who(&self, token: &str) -> Result<Option<ClusterUser>, String> {
        let user = self.0.who(token).await.map_err(|failure| failure.to_string())?;
        Ok(user.map(|user| ClusterUser {
            name: user.name,
            uid: user.uid,
            groups: user.groups,
            extra: user.extra,
        }))
    }

    async fn may(&self, user: &ClusterUser, deed: &ClusterDeed) -> Result<bool, String> {
        let ClusterUser {
            name,
            uid,
            groups,
            extra,
        } = user.clone();
        let user = User {
            name,
            uid,
            groups,
            extra,
        };
        let deed = Deed {
            verb: deed.verb.to_owned(),
            namespace: deed.namespace.clone(),
            name: deed.name.clone(),
        };
        self.0
            .may(&user, &deed)
            .await
            .map_err(|failure| failure.to_string())
    }
}

/// Takes tokens of the cluster for this audience.
#[must_use]
pub fn reviewer(cluster: Cluster, audience: &str) -> Arc<dyn Reviewer> {
    Arc::new(ByCluster(Reviews::new(cluster, audience)))
}

/// The same, where the configuration has it. It has a connection of its own: what the outside asks of the API does not wait in front of
/// what rollouts ask of the cluster.
pub(super) fn configured(config: &Config) -> Option<Arc<dyn Reviewer>> {
    let ApiKubernetes { enabled, audience } = &config.api.kubernetes;
    enabled.then(|| reviewer(Cluster::new(super::access(&config.kubernetes)), audience))
}
