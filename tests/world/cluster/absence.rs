//! The API server away, in three ways.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Cluster;
use super::access::API_SERVER;

/// How it is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// Its process is stopped: connections stay, the kernel takes new ones, and what was sent is read once it goes on.
    Stopped,
    /// Its process is gone, and its port refuses.
    Refusing,
    /// Its process is gone, and somebody takes connections in its place who says nothing.
    Silent,
}

/// It is away, until this ends.
#[must_use]
pub(crate) struct Absence {
    away: Away,
    silent: Option<JoinHandle<()>>,
}

impl Away {
    pub(crate) const ALL: [Self; 3] = [Self::Stopped, Self::Refusing, Self::Silent];

    /// For a test's name and its namespace.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Refusing => "refusing",
            Self::Silent => "silent",
        }
    }

    /// From now on.
    pub(crate) async fn begin(self, cluster: &Cluster) -> Absence {
        let server = cluster.api_server();
        match self {
            Self::Stopped => server.stop(),
            Self::Refusing | Self::Silent => server.kill(),
        }
        let silent = match self {
            Self::Silent => Some(listen().await),
            Self::Stopped | Self::Refusing => None,
        };
        Absence { away: self, silent }
    }
}

impl Absence {
    /// Lets it come back, and waits until it is ready.
    pub(crate) async fn end(self, cluster: &Cluster) {
        let server = cluster.api_server();
        if let Some(silent) = self.silent {
            silent.abort();
            // Its port is free once the task is gone.
            let _ = silent.await;
        }
        match self.away {
            Away::Stopped => {
                server.cont();
                server.until_ready().await;
            }
            Away::Refusing | Away::Silent => server.restart().await,
        }
    }
}

/// Takes connections at the server's address and keeps them, until the task ends.
async fn listen() -> JoinHandle<()> {
    let address = API_SERVER.strip_prefix("https://").expect("it talks TLS");
    let address: SocketAddr = address.parse().expect("an address and a port");
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            taken.push(connection);
        }
    })
}
