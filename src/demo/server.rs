//! An HTTP server on loopback that can vanish as a killed process does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Most connections open at once. The load keeps at most 128; the rest is for scrapes and for people.
/// Beyond it a new connection waits in the kernel's backlog until another one ends.
const CONNECTIONS_MAX: usize = 192;

/// How long to wait after a connection could not be accepted. The usual cause, too many open files, does
/// not pass by asking again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A running HTTP/1 server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    vanishing: CancellationToken,
    accepting: TaskTracker,
}

impl Server {
    /// Serves `app` on a loopback port that the kernel chooses.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(app: axum::Router) -> io::Result<Self> {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?, app)
    }

    /// Serves `app` where somebody else has begun to listen.
    ///
    /// # Errors
    /// If the listener does not know its own address.
    pub fn on(listener: TcpListener, app: axum::Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let vanishing = CancellationToken::new();
        let accepting = TaskTracker::new();
        accepting.spawn(accept(listener, app, vanishing.clone()));
        Ok(Self {
            address,
            vanishing,
            accepting,
        })
    }

    /// Where it listens, or listened.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the listener and drops every connection, answers under way included. Once this returns,
    /// connecting is refused. Doing it twice is harmless.
    pub async fn vanish(&self) {
        self.vanishing.cancel();
        self.accepting.close();
        self.accepting.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.vanishing.cancel();
    }
}

/// Accepts until told to vanish; owns all connections, so that they end with it.
async fn accept(listener: TcpListener, app: axum::Router, vanishing: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = vanishing.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, app.clone()))),
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// Serves one connection until either side ends it.
async fn serve(stream: TcpStream, app: axum::Router) {
    // Without this a small answer may wait for the other side's delayed acknowledgement. A socket that
    // refuses the option is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let connection =
        http1::Builder::new().serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}
