//! Listeners.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use anyhow::Context;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted. The kernel drops what is beyond, and a client tries again a whole second later: so there
/// is room for a thousand that come at once.
const BACKLOG: u32 = 1024;

/// Listens there; a failure names the `field` of the configuration that says where.
pub(super) fn listen(address: SocketAddr, field: &str) -> anyhow::Result<TcpListener> {
    bind(address).with_context(|| {
        format!(
            "cannot listen on {address}; hint: is another serin running? name another address in `{field}`"
        )
    })
}

/// The same listener once more: what one of them does not take any more, the other one does.
pub(super) fn again(listener: &TcpListener) -> io::Result<TcpListener> {
    let listener = listener.as_fd().try_clone_to_owned()?;
    TcpListener::from_std(listener.into())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // As the standard library does: a port whose last connections are still closing can be listened on.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
