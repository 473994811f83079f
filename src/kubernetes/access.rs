//! How the API server is found, and who asks.

use std::path::PathBuf;
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

/// A connection within a cluster is there in a millisecond, one to another continent in half a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection on which nothing comes for this long is dead: a watch ends before that, and every other answer takes seconds. Without
/// it, a list that a server took and never answered would be waited for as long as TCP does.
const READ_TIMEOUT: Duration = Duration::from_secs(130);

/// How the API server is found, and who asks: as kubectl has it, or as a pod's service account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The kubeconfig. Without one: `KUBECONFIG`, `~/.kube/config`, or in a pod its service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; without one its current one.
    pub context: Option<String>,
}

impl Access {
    /// What a client is made from. Files are read now; nothing is sent.
    ///
    /// # Errors
    /// If there is no kubeconfig and this is no pod, or what there is cannot be read.
    pub(super) async fn config(&self) -> Result<Config, String> {
        let options = KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        };
        let mut config = match &self.kubeconfig {
            Some(path) => {
                let read = Kubeconfig::read_from(path).map_err(|error| error.to_string())?;
                Config::from_custom_kubeconfig(read, &options)
                    .await
                    .map_err(|error| format!("{}: {error}", path.display()))?
            }
            None if self.context.is_some() => Config::from_kubeconfig(&options)
                .await
                .map_err(|error| error.to_string())?,
            None => Config::infer().await.map_err(|_| no_access())?,
        };
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(READ_TIMEOUT);
        // A patch that got no answer may have happened: whether it is sent again is for the engine to say.
        config.default_retry = false;
        Ok(config)
    }
}

fn no_access() -> String {
    "expected a kubeconfig or a pod's service account, found neither; \
     hint: `--kubeconfig FILE` (`kubernetes.kubeconfig`) names one"
        .to_owned()
}
