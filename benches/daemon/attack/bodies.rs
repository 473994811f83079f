//! Bodies of a gigabyte.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::force::Counts;
use crate::manifests::NAMESPACE;

/// The body's length: a gigabyte.
const BODY_BYTES: usize = 1 << 30;

/// What is sent at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Sends them for ever, one after the other; `announced` says how long they are before they come.
pub(super) async fn send(address: SocketAddr, announced: bool, counts: Arc<Counts>) {
    loop {
        // Cut off is what it is meant to be.
        let _ = one(address, announced).await;
        counts.bodies.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

async fn one(address: SocketAddr, announced: bool) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let length = if announced {
        format!("Content-Length: {BODY_BYTES}")
    } else {
        "Transfer-Encoding: chunked".to_owned()
    };
    let head = format!(
        "POST /api/v1/canaries/{NAMESPACE}/service-000/pause HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let blanks = vec![b' '; CHUNK_BYTES];
    let chunk = if announced {
        blanks
    } else {
        [format!("{CHUNK_BYTES:x}\r\n").as_bytes(), &blanks, b"\r\n"].concat()
    };
    for _ in 0..BODY_BYTES / CHUNK_BYTES {
        stream.write_all(&chunk).await?;
    }
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}
