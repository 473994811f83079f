//! A wire that can be cut: a TCP proxy before a real server.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server.
    There,
    /// From the server to the client.
    Back,
}

/// What is wrong with the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Whole,
    /// Connections end at once.
    Cut,
    /// Connections stay open and nothing moves on them.
    Silent,
    /// Cut once so many bytes more have gone this way.
    CutAfter(Way, usize),
}

/// A proxy; gone when it is dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    wire: Arc<Mutex<Wire>>,
    changed: watch::Sender<()>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A whole wire to a server on this port.
    pub(crate) async fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Mutex::new(Wire::Whole));
        let changed = watch::Sender::new(());
        let (its_wire, its_changed) = (wire.clone(), changed.clone());
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)).await {
                    connect(client, server, &its_wire, &its_changed);
                }
            }
        });
        Self {
            port,
            wire,
            changed,
            listening,
        }
    }

    /// Lets nothing through any more, without saying so.
    pub(crate) fn fall_silent(&self) {
        self.make(Wire::Silent);
    }

    /// Cuts once so many bytes more have gone this way, on all connections together.
    pub(crate) fn cut_after(&self, way: Way, bytes: usize) {
        self.make(Wire::CutAfter(way, bytes));
    }

    /// Whether it has been cut since.
    pub(crate) fn is_cut(&self) -> bool {
        *self.wire.lock().unwrap() == Wire::Cut
    }

    /// Lets new connections through.
    pub(crate) fn heal(&self) {
        self.make(Wire::Whole);
    }

    fn make(&self, wire: Wire) {
        *self.wire.lock().unwrap() = wire;
        self.changed.send_replace(());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn connect(client: TcpStream, server: TcpStream, wire: &Arc<Mutex<Wire>>, changed: &watch::Sender<()>) {
    // Small packets are what a cut is to fall between.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = forward(Way::There, from_client, to_server, wire.clone(), changed.clone());
    let back = forward(Way::Back, from_server, to_client, wire.clone(), changed.clone());
    tokio::spawn(async move {
        // Either way's end is the end of both: a cut wire has no half that works.
        tokio::select! {
            () = there => {}
            () = back => {}
        }
    });
}

async fn forward(
    way: Way,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wire: Arc<Mutex<Wire>>,
    changed: watch::Sender<()>,
) {
    let mut changes = changed.subscribe();
    let mut buffer = [0; 4096];
    loop {
        if *wire.lock().unwrap() == Wire::Cut {
            return;
        }
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = changes.changed() => continue,
        };
        let read = match read {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let passing = pass(way, read, &wire);
        if passing > 0 && to.write_all(&buffer[..passing]).await.is_err() {
            return;
        }
        if *wire.lock().unwrap() == Wire::Cut {
            changed.send_replace(());
            return;
        }
        if passing < read {
            // What was swallowed never comes, so nothing may come after it.
            std::future::pending::<()>().await;
        }
    }
}

/// How many of the bytes come through.
fn pass(way: Way, bytes: usize, wire: &Mutex<Wire>) -> usize {
    let mut wire = wire.lock().unwrap();
    match *wire {
        Wire::Whole => bytes,
        Wire::Cut | Wire::Silent => 0,
        Wire::CutAfter(counted, left) if counted == way => {
            *wire = match left.checked_sub(bytes) {
                Some(left) if left > 0 => Wire::CutAfter(way, left),
                _ => Wire::Cut,
            };
            bytes.min(left)
        }
        Wire::CutAfter(..) => bytes,
    }
}
