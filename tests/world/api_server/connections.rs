//! The port: open, or closed with nobody else able to take it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::answer;
use super::shared::Shared;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// The port that the server has for good.
pub(super) struct Port {
    /// Bound and never listening: while the server is away nobody else gets the port, and connecting is refused.
    _kept: TcpSocket,
    pub(super) address: SocketAddr,
}

impl Port {
    pub(super) fn free() -> io::Result<Self> {
        let kept = socket((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = kept.local_addr()?;
        Ok(Self { _kept: kept, address })
    }

    pub(super) fn open(&self, shared: &Arc<Shared>) -> io::Result<Open> {
        let listener = socket(self.address)?.listen(BACKLOG)?;
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(accept(listener, Arc::clone(shared), closing.clone()));
        Ok(Open { closing, tasks })
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Two sockets may have the port as long as one of them at most listens.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A port that listens. Dropping it closes it.
pub(super) struct Open {
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Open {
    /// Closes it and breaks every connection; from when this returns, connecting is refused.
    pub(super) async fn close(self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, closing: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = closing.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, Arc::clone(&shared)))),
                Err(error) => panic!("the fake server cannot accept: {error}"),
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
    // A connection that breaks is what some tests are about.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}
