//! Whether a hook could be called: everything but the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::timeout;
use tower::{Layer, Service};
use url::Url;

use super::HookCaller;
use super::attempt::root_cause;
use super::lookup::{Name, NotFound};

/// Time for all of it: a gate in the same cluster takes milliseconds, and most of the rest wait for somebody who is not there.
const REACH_TIMEOUT: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// A call would arrive.
    Reached,
    /// Hooks do not go there, and why.
    NotAllowed(String),
    /// A call would not arrive now, and why.
    Unreachable(String),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl HookCaller {
    /// Goes as far as a call to `url` would before it sends anything: the name is looked up and its addresses are held against the rules, one
    /// of them is connected to, and with `https` its certificate is checked. Nothing is asked, so nothing is set off there.
    pub async fn reach(&self, url: &Url) -> Reach {
        let reached = timeout(REACH_TIMEOUT, self.connect(url)).await;
        reached.unwrap_or_else(|_| {
            Reach::Unreachable(format!("no connection within {} s", REACH_TIMEOUT.as_secs()))
        })
    }

    async fn connect(&self, url: &Url) -> Reach {
        let mut name = Name::new(url);
        let addresses = match name.addresses(&*self.lookup).await {
            Ok(addresses) => addresses,
            Err(NotFound::NotAllowed(why)) => return Reach::NotAllowed(why),
            Err(NotFound::Unknown(why)) => return Reach::Unreachable(why),
        };
        let builder = match self.clients.builder(url, addresses).await {
            Ok(builder) => builder,
            Err(why) => return Reach::Unreachable(why),
        };
        let connected = Arc::<AtomicBool>::default();
        let client = match builder.connector_layer(NoFurther(Arc::clone(&connected))).build() {
            Ok(client) => client,
            Err(error) => return Reach::Unreachable(root_cause(&error)),
        };
        let Err(error) = client.head(url.clone()).send().await else {
            return Reach::Reached;
        };
        if connected.load(Ordering::Relaxed) {
            return Reach::Reached;
        }
        Reach::Unreachable(root_cause(&error.without_url()))
    }
}

/// Takes a connection away once it is there: no request goes over it.
#[derive(Clone)]
struct NoFurther(Arc<AtomicBool>);

#[derive(Clone)]
struct NoFurtherThan<S> {
    connector: S,
    connected: Arc<AtomicBool>,
}

impl<S> Layer<S> for NoFurther {
    type Service = NoFurtherThan<S>;

    fn layer(&self, connector: S) -> Self::Service {
        NoFurtherThan {
            connector,
            connected: Arc::clone(&self.0),
        }
    }
}

impl<S, R> Service<R> for NoFurtherThan<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, destination: R) -> Self::Future {
        let (connecting, connected) = (self.connector.call(destination), Arc::clone(&self.connected));
        Box::pin(async move {
            drop(connecting.await?);
            connected.store(true, Ordering::Relaxed);
            Err("connected, which is all that was wanted".into())
        })
    }
}
